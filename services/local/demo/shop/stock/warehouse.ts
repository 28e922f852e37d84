const PATIENCE_MS = 150;

export class StockUnknownError extends Error {
  override readonly name = 'StockUnknownError';
}

/** Asks the warehouse how many are left. */
export async function stockOf(warehouse: string, sku: string): Promise<number> {
  try {
    const response = await fetch(`${warehouse}/stock/${sku}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return Number(await response.text());
  } catch (cause) {
    throw new StockUnknownError(`The warehouse did not say how many ${sku} are left.`, { cause });
  }
}

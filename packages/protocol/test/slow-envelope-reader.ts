/**
 * A second reader of envelopes, written from the format's description and nothing else: it takes text apart byte by byte with a state
 * machine and copies everything. Slow and plain on purpose; the real parser is compared with it.
 */
export interface SlowItem {
  readonly header: Record<string, unknown>;
  readonly payload: number[];
}

export interface SlowEnvelope {
  readonly header: Record<string, unknown>;
  readonly items: SlowItem[];
}

export function slowlyReadEnvelope(input: Uint8Array): SlowEnvelope | undefined {
  const source = [...input];
  const takeLine = (): string => {
    const line: number[] = [];
    while (source.length > 0) {
      const byte = source.shift();
      if (byte === undefined || byte === 10) break;
      line.push(byte);
    }
    return Buffer.from(line).toString('utf8');
  };
  const dropBlanks = (): void => {
    while ([9, 10, 13, 32].includes(source[0] ?? -1)) source.shift();
  };

  if (source.length === 0) return undefined;
  const firstLine = takeLine();
  const header = objectOf(firstLine);
  if (header === undefined || !hasGoodId(header)) return undefined;
  if (topKeysOf(firstLine).filter((key) => key === 'sent_at').length > 1) return undefined;
  const items: SlowItem[] = [];
  for (dropBlanks(); source.length > 0; dropBlanks()) {
    const itemHeader = objectOf(takeLine());
    if (itemHeader === undefined || typeof itemHeader.type !== 'string') return undefined;
    const payload: number[] = [];
    const { length } = itemHeader;
    if (length === undefined || length === null) {
      while (source.length > 0 && source[0] !== 10) payload.push(source.shift() ?? 0);
    } else {
      if (typeof length !== 'number' || !/^[0-9]{1,10}$/.test(String(length))) return undefined;
      if (length > source.length || length > 4294967295) return undefined;
      payload.push(...source.splice(0, length));
    }
    if (source.length > 0 && source.shift() !== 10) return undefined;
    items.push({ header: itemHeader, payload });
  }
  return { header, items };
}

/** Keys of a JSON object as they are written, also those that stand there twice. */
function topKeysOf(json: string): string[] {
  const keys: string[] = [];
  // Strings with what follows them, and brackets: nothing else matters here.
  const tokens = json.match(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g) ?? [];
  let depth = 0;
  for (const token of tokens) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token.endsWith(':')) keys.push(token.slice(1, token.lastIndexOf('"')));
  }
  return keys;
}

function hasGoodId(header: Record<string, unknown>): boolean {
  const id = header.event_id;
  if (id === undefined || id === null) return true;
  if (typeof id !== 'string') return false;
  return /^[0-9a-f]{32}$/i.test(id) || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    // The parser strips a byte order mark, as UTF-8 decoders do.
    const value: unknown = JSON.parse(line.startsWith('\uFEFF') ? line.slice(1) : line);
    return Object.prototype.toString.call(value) === '[object Object]'
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

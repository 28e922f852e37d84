import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is neither `undefined` nor `false`, and resolves to it.
 *
 * @throws Error naming `what` after the deadline, with the last failure of `ask` as its cause.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    await delay(20);
  } while (performance.now() < deadline);
  throw new Error(`did not happen within ${timeoutMs} ms: ${what}`, { cause });
}

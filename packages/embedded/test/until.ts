import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the claim holds; fails after the deadline. */
export async function until(
  claim: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs = 30_000,
): Promise<void> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await delay(20)) if (await claim()) return;
  throw new Error(`never happened: ${what}`);
}

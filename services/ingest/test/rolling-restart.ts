import { expect } from 'vitest';
import { leaveSnapshot, NO_POSTGRES, startIngest } from './ingest-process.ts';
import { readLog } from './log-reader.ts';
import { steadyLoad } from './steady-load.ts';

/** Replaces the workers again and again under load: every request is answered with 200, and every answered event is in the log once. */
export async function checkRollingRestarts(options: {
  readonly folder: string;
  /** Requests a second. */
  readonly rate: number;
  readonly rolls: number;
}): Promise<void> {
  const { folder, rate, rolls } = options;
  await leaveSnapshot(folder);
  const ingest = await startIngest({ folder, databaseUrl: NO_POSTGRES });
  try {
    const load = steadyLoad(ingest.port, rate);
    for (let roll = 0; roll < rolls; roll++) await ingest.roll();
    const { sent, failures, acknowledged } = await load.finish();
    expect(failures).toEqual({});
    expect(acknowledged.size).toBe(sent);
    expect(sent).toBeGreaterThan(rolls * 50);
    await ingest.stop();
    const stored = (await readLog(folder)).map(({ header }) => header.id);
    expect(stored).toHaveLength(sent);
    expect(new Set(stored)).toEqual(acknowledged);
  } finally {
    await ingest.stop();
  }
}

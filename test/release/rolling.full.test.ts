import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalStack } from '../chaos/local-stack.ts';
import { openLedger } from './ledger.ts';
import { startSender } from './sender.ts';
import { watchPages } from './watch-pages.ts';

const SERVICES = ['processor', 'alerts', 'web', 'ingest'] as const;
const RATE = 60;

let folder: TemporaryFolder;
let stack: LocalStack;

beforeAll(async () => {
  folder = await temporaryFolder();
  await chmod(folder.path, 0o711); // PostgreSQL does not run as root
  stack = new LocalStack(join(folder.path, 'data'), { CULPRIT_PORT: '0', CULPRIT_INGEST_PORT: '0' });
  await stack.start();
});

afterAll(async () => {
  await stack.stop();
  await folder.remove();
});

describe('a rolling restart under load', () => {
  test.each(SERVICES)('of %s loses no event, counts none twice and refuses nobody', async (service) => {
    const before = await stack.pidOf(service);
    const { dsn, url } = await stack.firstRun();
    const sender = startSender(dsn, RATE);
    const pages = watchPages(url);
    await eventually('events come in', () => sender.counts.acknowledged.size > RATE);
    const rolled = await stack.tool('services/local/commands/roll.ts', [service]);
    expect(rolled).toEqual({ code: 0, output: expect.stringContaining('all replaced after') });
    expect(await stack.pidOf(service)).not.toBe(before);
    const atRoll = sender.counts.acknowledged.size;
    await eventually('events come in after it', () => sender.counts.acknowledged.size > atRoll + RATE);
    const { sent, failures, acknowledged } = await sender.finish();
    expect(await pages.finish()).toEqual({ answered: expect.any(Number), failures: {} });
    expect(failures).toEqual({});
    expect(acknowledged.size).toBe(sent);
    const ledger = await openLedger(await stack.run());
    try {
      await eventually('all are stored', async () => (await ledger.missing(acknowledged)).length === 0, {
        timeoutMs: 60_000,
      });
      expect(await ledger.doubled(acknowledged)).toEqual([]);
    } finally {
      await ledger.close();
    }
  });

  test('of all of them leaves everything that is derived as the events say', async () => {
    expect(await stack.tool('services/local/commands/roll.ts')).toMatchObject({ code: 0 });
    const verified = await stack.tool('services/processor/verify-main.ts');
    expect(verified).toEqual({ code: 0, output: expect.stringContaining('All counters agree') });
  });

  test('of a service that does not exist says which there are', async () => {
    const { code, output } = await stack.tool('services/local/commands/roll.ts', ['nothing']);
    expect(code).toBe(1);
    expect(output).toContain('processor, alerts, web, ingest');
  });
});

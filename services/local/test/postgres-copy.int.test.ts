import { join } from 'node:path';
import { sql, withCopySession } from '@culprit/postgres';
import { type TemporaryFolder, temporaryFolder, testDatabase } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BackupFolder } from '../backup/backup-folder.ts';
import { copyPostgresOut, type PostgresPart } from '../backup/postgres-copy.ts';

let postgres: Awaited<ReturnType<typeof testDatabase>>;
let folder: TemporaryFolder;
beforeEach(async () => {
  [postgres, folder] = await Promise.all([testDatabase(), temporaryFolder()]);
  await postgres.database.execute(
    sql`insert into log_positions (topic, partition, next) values ('events', 0, 5)`,
  );
});
afterEach(async () => {
  await Promise.all([postgres.drop(), folder.remove()]);
});

/** What is left of a plan whose first part is committed: ClickHouse has the rows of all of it. */
async function layRestOfPlan(storedTables: readonly string[]): Promise<void> {
  const plan = JSON.stringify({ from: 0, to: 1, storedTables, decisions: [{ d: 'item', o: 5 }] });
  await postgres.database.execute(sql`
    insert into batch_plans (topic, partition, first, last, format_version, plan)
    values ('events', 0, 5, 9, 1, ${plan}::jsonb)`);
}

function copy(name: string, onProgress: () => void, patienceMs: number): Promise<PostgresPart> {
  return withCopySession({ url: postgres.url, applicationName: 'test' }, (session) =>
    copyPostgresOut(session, new BackupFolder(join(folder.path, name)), {
      topic: 'events',
      onProgress,
      patienceMs,
    }),
  );
}

test('a backup is not cut between the parts of a batch: it waits until all of them are committed', async () => {
  await layRestOfPlan(['events', 'sessions']);
  const nothing = (): void => {};
  await expect(copy('half', nothing, 0)).rejects.toThrow(/partition 0 is committed in parts/);

  const copying = copy('whole', nothing, 60_000);
  await postgres.database.transaction(async (tx) => {
    await tx.execute(sql`update log_positions set next = 10`);
    await tx.execute(sql`delete from batch_plans`);
  });
  expect((await copying).positions).toEqual([10]);
});

test('a plan of which nothing is committed yet holds up no backup', async () => {
  await layRestOfPlan([]);
  expect((await copy('whole', () => {}, 0)).positions).toEqual([5]);
});

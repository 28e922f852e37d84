import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Files that take more than 15 s, the longest first. Begun last, one of them would go on alone when all others are done. */
const LONGEST = [
  'test/pages/pages.int.test.ts',
  'test/backup/backup.int.test.ts',
  'test/fuzz/fuzz.int.test.ts',
  'test/watching/watching.int.test.ts',
  'packages/event-log/test/lmdb-contract.int.test.ts',
  'packages/event-log/test/kafka-contract.int.test.ts',
  'test/corpus/corpus.int.test.ts',
  'services/local/test/start.int.test.ts',
  'test/e2e/pages.int.test.ts',
  'services/ingest/test/quotas.int.test.ts',
  'services/processor/test/counting.int.test.ts',
  'test/e2e/node-sdk-on-kafka.int.test.ts',
  'test/e2e/node-sdk.int.test.ts',
  'packages/event-log/test/kafka-log.int.test.ts',
  'test/sabotage/exactly-once.int.test.ts',
  'services/processor/test/poison.int.test.ts',
  'test/watching/log-content.int.test.ts',
  'test/release/deploy-commands.int.test.ts',
  'services/ingest/test/rolling-restart.int.test.ts',
  'test/sdks/sdks.int.test.ts',
  'services/processor/test/model.int.test.ts',
  'test/sdks/browser-sdks.int.test.ts',
  'services/processor/test/exactly-once.int.test.ts',
  'services/ingest/test/service.int.test.ts',
  'services/web/test/access.int.test.ts',
];

/** The files of {@link LONGEST} in that order, then the others as vitest orders them: by what they took the last time, where it knows, or by size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = LONGEST.filter((file) => !existsSync(join(ROOT, file)));
    if (gone.length > 0)
      throw new Error(`not there, and named in ${import.meta.filename}: ${gone.join(', ')}`);
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.indexOf(relative(ROOT, moduleId).replaceAll('\\', '/'));
  return place === -1 ? LONGEST.length : place;
}

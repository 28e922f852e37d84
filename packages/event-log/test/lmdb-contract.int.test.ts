import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEventLogContract } from '../src/contract-suite.ts';
import { openPlace } from './open-place.ts';

describeEventLogContract({
  name: 'LMDB',
  wakeUpMs: 20,
  takeOverMs: 10_000,
  async place(partitions) {
    const folder = await mkdtemp(join(tmpdir(), 'culprit-event-log-'));
    const config = JSON.stringify({ folder, partitions });
    return {
      open: () => openPlace(config),
      opener: { module: new URL('./open-place.ts', import.meta.url).href, config },
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  },
});

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './packages/testkit/src/longest-first.ts';

/** Starts the stores that test files share. */
const globalSetup = ['packages/testkit/src/vitest-global-setup.ts'];

/** Test files of a tier by the end of their names. */
const filesNamed = (end: string): string[] => [
  `packages/*/test/**/*${end}`,
  `services/*/test/**/*${end}`,
  `services/web/client/test/**/*${end}`,
  `test/**/*${end}`,
];
const NODE_MODULES = '**/node_modules/**';
/** What is polled for may come late on a busy machine; vitest gives it a second. */
const expect = { poll: { timeout: 30_000 } };

/**
 * Four tiers, told apart by the end of a file's name:
 *
 * - `unit` (`*.test.ts`): needs nothing but the runtime, no file takes more than a second or so. `npm run check` runs these.
 * - `slow` (`*.slow.test.ts`): needs no more, but takes seconds: texts of a megabyte, many random inputs, waits. `npm test` runs these too,
 *   without counting covered lines, which makes such loops several times as slow.
 * - `integration` (`*.int.test.ts`): starts real stores, services, browsers. `npm test` runs these too.
 * - `full` (`*.full.test.ts`): takes minutes. Only `npm run test:full` runs these.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: filesNamed('.test.ts'),
          exclude: ['slow', 'int', 'full'].map((tier) => `**/*.${tier}.test.ts`).concat(NODE_MODULES),
          // Property tests on a busy machine.
          testTimeout: 30_000,
          // Files of one worker share what they import: most of the time went into importing it again for each.
          isolate: false,
          maxWorkers: Math.max(2, availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'slow',
          include: filesNamed('.slow.test.ts'),
          exclude: [NODE_MODULES],
          testTimeout: 300_000,
          maxWorkers: Math.max(2, availableParallelism()),
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'integration',
          include: filesNamed('.int.test.ts'),
          exclude: [NODE_MODULES],
          globalSetup,
          expect,
          setupFiles: ['packages/testkit/src/vitest-setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // A file waits for starts, disks and time-outs for about half of its time. Each has databases, folders and ports of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'full',
          include: filesNamed('.full.test.ts'),
          exclude: [NODE_MODULES],
          globalSetup,
          expect,
          setupFiles: ['packages/testkit/src/vitest-setup.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});

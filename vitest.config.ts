import { defineConfig } from 'vitest/config';

/** Starts the stores that test files share. */
const globalSetup = ['packages/testkit/src/vitest-global-setup.ts'];

/**
 * Three tiers. `unit` needs nothing but the runtime and takes seconds (`npm run check`); `integration` starts real
 * stores (`npm test`); `full` is what takes minutes (`npm run test:full`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/test/**/*.test.ts',
            'services/*/test/**/*.test.ts',
            'services/web/client/test/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: ['**/*.int.test.ts', '**/*.full.test.ts', '**/node_modules/**'],
          // Property tests on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            'packages/*/test/**/*.int.test.ts',
            'services/*/test/**/*.int.test.ts',
            'test/**/*.int.test.ts',
          ],
          exclude: ['**/node_modules/**'],
          globalSetup,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Most of a file's time is waiting for starts. Each has databases, folders and ports of its own.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'full',
          include: [
            'packages/*/test/**/*.full.test.ts',
            'services/*/test/**/*.full.test.ts',
            'test/**/*.full.test.ts',
          ],
          exclude: ['**/node_modules/**'],
          globalSetup,
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

import { temporaryFolder } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { checkRollingRestarts } from './rolling-restart.ts';

// 1,000 requests/s is what the promise says; a machine of two cores that also runs the client keeps up with it when nothing else runs.
const RATE = Number(process.env.CULPRIT_ROLLING_RATE ?? '1000');

test('100 rolling restarts under load lose no request', async () => {
  const folder = await temporaryFolder();
  try {
    await checkRollingRestarts({ folder: folder.path, rate: RATE, rolls: 100 });
  } finally {
    await folder.remove();
  }
  expect.hasAssertions();
});

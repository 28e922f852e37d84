import { temporaryFolder } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { checkRollingRestarts } from './rolling-restart.ts';

test('five rolling restarts under load lose no request', async () => {
  const folder = await temporaryFolder();
  try {
    await checkRollingRestarts({ folder: folder.path, rate: 300, rolls: 5 });
  } finally {
    await folder.remove();
  }
  expect.hasAssertions();
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inRoot } from '../../services/local/repository.ts';

const run = promisify(execFile);

test('the previous release and this one follow each other under load, there and back, and lose nothing', async () => {
  const { stdout } = await run(process.execPath, [inRoot('test/release/drill.ts')], { cwd: inRoot() });
  expect(stdout).toContain('"missing": 0');
  expect(stdout).toContain('"doubled": 0');
});

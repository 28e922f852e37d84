import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refuseNodeModules } from '../refuse-node-modules.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'culprit-build-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function bundle(code: string): Promise<unknown> {
  await writeFile(join(folder, 'page.js'), code);
  return build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    plugins: [refuseNodeModules()],
    build: { write: false, rolldownOptions: { input: join(folder, 'page.js') } },
  });
}

it.each(['node:zlib', 'zlib', 'fs/promises'])('a build that brings %s to the browser fails', async (name) => {
  await expect(bundle(`import * as found from '${name}'; console.log(found);`)).rejects.toThrow(
    `imports ${name}, which no browser has`,
  );
});

it('a build without modules of Node succeeds', async () => {
  await expect(bundle('console.log(1);')).resolves.toBeDefined();
});

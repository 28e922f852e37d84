import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeLibraryLinks } from '../src/postgres/binaries.ts';

test('library links are made when install scripts were off, mended when wrong, and may be made by two starts at once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'culprit-links-'));
  const lib = join(root, 'native', 'lib');
  await mkdir(lib, { recursive: true });
  await writeFile(join(lib, 'libpq.so.5.18'), 'library');
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }));
  await writeFile(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await Promise.all([makeLibraryLinks(root), makeLibraryLinks(root)]);
  await makeLibraryLinks(root);
  expect((await readdir(lib)).sort()).toEqual(['libpq.so', 'libpq.so.5', 'libpq.so.5.18']);
  expect(await readlink(join(lib, 'libpq.so'))).toBe('libpq.so.5.18');
  await rm(root, { recursive: true });
});

import { readFile, writeFile } from 'node:fs/promises';
import { type FilesConfig, filesEnvironment, openConfiguredFiles, pathInFolder } from '@culprit/files';
import { type TemporaryFolder, type TestBucket, temporaryFolder, testBucket } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackupFolder } from '../backup/backup-folder.ts';
import { checkFiles, copyFilesIn, copyFilesOut } from '../backup/file-copy.ts';

let bucket: TestBucket;
let folder: TemporaryFolder;
beforeAll(async () => {
  [bucket, folder] = await Promise.all([testBucket(), temporaryFolder()]);
});
afterAll(async () => {
  await bucket?.stop();
  await folder?.remove();
});

test('files of a bucket come back into another bucket or a folder, under their keys, and a damaged copy does not', async () => {
  const store = await openConfiguredFiles(filesOf({}));
  const stored = await Promise.all(['one', 'two', 'three'].map((text) => store.put(Buffer.from(text))));
  const backup = new BackupFolder(`${folder.path}/backup`);
  await backup.create();
  const manifest = { files: await copyFilesOut(store, backup, silent) };
  expect(manifest.files).toMatchObject({ count: 3, bytes: 11 });
  await checkFiles(backup, manifest);
  for (const place of [filesOf({ CULPRIT_FILES: 's3://culprit/restored' }), inFolder()]) {
    const restored = await openConfiguredFiles(place);
    await copyFilesIn(backup, manifest, restored, silent);
    const texts = await Promise.all(stored.map(async ({ key }) => String(await restored.readAll(key, 100))));
    expect(texts).toEqual(['one', 'two', 'three']);
  }
  const path = pathInFolder(`${folder.path}/backup/files`, stored[0]?.key ?? '');
  expect(await readFile(path, 'utf8')).toBe('one');
  await writeFile(path, 'onE');
  await expect(checkFiles(backup, manifest)).rejects.toThrow('the copy is damaged');
  await expect(copyFilesIn(backup, manifest, store, silent)).rejects.toThrow('the copy is damaged');
});

function filesOf(env: Readonly<Record<string, string>>): FilesConfig {
  return filesEnvironment.parse({ ...bucket.env, ...env }).files;
}

function inFolder(): FilesConfig {
  return { mode: 'folder', folder: `${folder.path}/restored` };
}

function silent(): void {}

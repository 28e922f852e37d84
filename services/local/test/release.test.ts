import { chmod, mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { Installation, InstallationError } from '../release/installation.ts';
import { FIRST_FORMATS, type Manifest, unreadableFormats } from '../release/manifest.ts';
import { sha256Of } from '../release/pack.ts';
import { demandReadable } from '../release/preflight.ts';
import { parseLockfile, productionPackages } from '../release/production-packages.ts';

const MANIFEST: Manifest = {
  format: 1,
  version: '1.2.3',
  commit: 'c0ffee',
  committed_at: '2026-11-21T00:00:00.000Z',
  platform: `${process.platform}-${process.arch}`,
  node: '24.0.0',
  code_version: 1,
  min_code_version: 1,
  formats: FIRST_FORMATS,
  migrations: { postgres: '0001', clickhouse: '0001' },
  takes_over: true,
};

describe('an installation', () => {
  let folder: TemporaryFolder;
  let installation: Installation;

  beforeEach(async () => {
    folder = await temporaryFolder();
    installation = new Installation(join(folder.path, 'home'));
    await mkdir(installation.home);
  });
  afterEach(() => folder.remove());

  /** A tarball with a manifest and one file, and its checksum. */
  async function makeTarball(name: string, manifest: object = MANIFEST): Promise<string> {
    const root = join(folder.path, name, 'culprit-1.2.3');
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'release.json'), JSON.stringify(manifest));
    await writeFile(join(root, 'name'), name);
    const tarball = join(folder.path, `${name}.tar.gz`);
    await runCommand('tar', ['-czf', tarball, '-C', join(folder.path, name), 'culprit-1.2.3']);
    await writeFile(`${tarball}.sha256`, `${await sha256Of(tarball)}  ${name}.tar.gz\n`);
    return tarball;
  }

  test('names a release by its version and its content, and unpacks the same one once', async () => {
    const name = await installation.unpack(await makeTarball('a'));
    expect(name).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
    expect(await installation.unpack(join(folder.path, 'a.tar.gz'))).toBe(name);
    expect(await readdir(join(installation.home, 'releases'))).toEqual([name]);
  });

  test('refuses a tarball that is damaged, without a checksum, of another system or no release, and leaves nothing of it', async () => {
    const damaged = await makeTarball('damaged');
    await writeFile(`${damaged}.sha256`, `${'0'.repeat(64)}  damaged.tar.gz\n`);
    await expect(installation.unpack(damaged)).rejects.toThrow('is damaged');
    await expect(installation.unpack(join(folder.path, 'none.tar.gz'))).rejects.toThrow('sha256 is missing');
    const strange = await makeTarball('strange', { ...MANIFEST, platform: 'plan9-mips' });
    await expect(installation.unpack(strange)).rejects.toThrow('is for plan9-mips');
    expect(await readdir(join(installation.home, 'releases'))).toEqual([]);
  });

  test('switches back and forth between two releases', async () => {
    const a = await installation.unpack(await makeTarball('a'));
    const b = await installation.unpack(await makeTarball('b'));
    await installation.switchTo(a);
    expect([await installation.current(), await installation.previous()]).toEqual([a, undefined]);
    await installation.switchTo(b);
    expect([await installation.current(), await installation.previous()]).toEqual([b, a]);
    await installation.switchTo(a);
    expect([await installation.current(), await installation.previous()]).toEqual([a, b]);
    expect(await readlink(join(installation.home, 'current'))).toBe(join('releases', a));
    await expect(installation.switchTo('0.0.0-none')).rejects.toThrow(InstallationError);
    expect(await installation.current()).toBe(a);
  });

  test('puts its links back as they were', async () => {
    const a = await installation.unpack(await makeTarball('a'));
    await installation.switchTo(a);
    await installation.restore({ current: undefined, previous: undefined });
    expect([await installation.current(), await installation.previous()]).toEqual([undefined, undefined]);
  });

  test('keeps the newest releases and those that may be needed, and no more', async () => {
    const names: string[] = [];
    for (const one of ['a', 'b', 'c', 'd']) names.push(await installation.unpack(await makeTarball(one)));
    const [a = '', b = '', c = '', d = ''] = names;
    await installation.switchTo(a);
    await installation.switchTo(b);
    // Links in folders of the same age would tie: touching makes d the newest.
    await chmod(installation.folderOf(d), 0o755);
    expect(await installation.prune(1)).toEqual([c]);
    expect((await readdir(join(installation.home, 'releases'))).sort()).toEqual([a, b, d].sort());
  });

  test('has settings of its own under those of the environment, and its data beside its releases', async () => {
    await writeFile(join(installation.home, 'culprit.env'), 'CULPRIT_PORT=9000\nCULPRIT_HOST=::\n');
    expect(installation.settings({ CULPRIT_PORT: '9001' })).toEqual({
      CULPRIT_PORT: '9001',
      CULPRIT_HOST: '::',
      CULPRIT_DATA: join(installation.home, 'data'),
    });
  });

  test('does not take the data folder of another installation for its own', () => {
    const env = { CULPRIT_HOME: '/elsewhere', CULPRIT_DATA: '/elsewhere/data' };
    expect(installation.settings(env).CULPRIT_DATA).toBe(join(installation.home, 'data'));
  });
});

describe('what a release may follow', () => {
  const newer: Manifest = {
    ...MANIFEST,
    formats: { ...FIRST_FORMATS, plan: { writes: [2], reads: [1, 2] } },
  };
  const between: Manifest = {
    ...MANIFEST,
    formats: { ...FIRST_FORMATS, plan: { writes: [1], reads: [1, 2] } },
  };

  test('one that writes what the one before cannot read has no way back, and is refused until somebody wants that', () => {
    expect(unreadableFormats(newer.formats, MANIFEST.formats)).toEqual(['plan']);
    expect(() => demandReadable({ running: MANIFEST, target: newer, isOneWay: false })).toThrow(
      'There would be no way back',
    );
    expect(demandReadable({ running: MANIFEST, target: newer, isOneWay: true })).toBe(false);
  });

  test('a step in between, which reads both, opens the way there and back', () => {
    for (const [running, target] of [
      [MANIFEST, between],
      [between, newer],
      [newer, between],
      [between, MANIFEST],
    ] as const) {
      expect(demandReadable({ running, target, isOneWay: false })).toBe(true);
    }
  });

  test('one that cannot read what lies there is refused in any case', () => {
    expect(() => demandReadable({ running: newer, target: MANIFEST, isOneWay: true })).toThrow(
      'cannot read what this one wrote: plan',
    );
  });

  test('a format that the other does not know at all cannot be read', () => {
    expect(unreadableFormats({ spool: { writes: [1], reads: [1] } }, FIRST_FORMATS)).toEqual(['spool']);
    expect(unreadableFormats(FIRST_FORMATS, FIRST_FORMATS)).toEqual([]);
  });
});

describe('the packages of a release', () => {
  const lockfile = parseLockfile(
    JSON.stringify({
      packages: {
        '': { optionalDependencies: { 'engine-linux': '1.0.0', 'engine-mac': '1.0.0' } },
        'services/web': {
          name: '@x/web',
          dependencies: { '@x/store': '1.0.0' },
          devDependencies: { tool: '1.0.0' },
        },
        'packages/store': { name: '@x/store', dependencies: { leaf: '1.0.0', old: '1.0.0' } },
        'packages/kit': { name: '@x/kit', dependencies: { tester: '1.0.0' } },
        'node_modules/@x/web': { link: true, resolved: 'services/web' },
        'node_modules/@x/store': { link: true, resolved: 'packages/store' },
        'node_modules/@x/kit': { link: true, resolved: 'packages/kit' },
        'node_modules/leaf': { version: '2.0.0' },
        'node_modules/old': { version: '1.0.0', dependencies: { leaf: '1.0.0' } },
        'node_modules/old/node_modules/leaf': { version: '1.0.0' },
        'node_modules/tool': { version: '1.0.0', dev: true },
        'node_modules/tester': { version: '1.0.0' },
        'node_modules/engine-linux': { version: '1.0.0', os: ['linux'], cpu: ['x64'] },
        'node_modules/engine-mac': { version: '1.0.0', os: ['darwin'] },
      },
    }),
  );
  const platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };

  test('are those that its services reach, as Node finds them, for this system only', () => {
    const { workspaces, packages } = productionPackages(lockfile, { from: ['', 'services/web'], platform });
    expect(workspaces).toEqual([
      { folder: 'packages/store', name: '@x/store' },
      { folder: 'services/web', name: '@x/web' },
    ]);
    expect(packages.map(({ folder: path, version }) => `${path} ${version}`)).toEqual([
      'node_modules/engine-linux 1.0.0',
      'node_modules/leaf 2.0.0',
      'node_modules/old 1.0.0',
      'node_modules/old/node_modules/leaf 1.0.0',
    ]);
  });

  test('hold the tools of a workspace only where they are asked for', () => {
    const from = ['services/web'];
    const withTools = productionPackages(lockfile, { from, platform, withDevelopmentOf: from });
    expect(withTools.packages.map(({ name }) => name)).toContain('tool');
  });

  test('cannot lack one that is needed', () => {
    const broken = parseLockfile(JSON.stringify({ packages: { a: { dependencies: { gone: '1.0.0' } } } }));
    expect(() => productionPackages(broken, { from: ['a'], platform })).toThrow('a needs gone');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { runCommand } from '../commands/run-command.ts';
import { readManifest } from './manifest.ts';
import { sha256Of } from './pack.ts';

/** What a person can mend: a damaged tarball, a folder without releases. */
export class InstallationError extends Error {
  readonly code = 'installation';
}

const CURRENT = 'current';
const PREVIOUS = 'previous';
const DRAFT = '.unpacking-';
/** Of the checksum, in a release's name. */
const HASH_LENGTH = 12;

/**
 * A folder with releases side by side: `releases/<version>-<hash>`, of which `current` runs and `previous` ran before it. `data` and
 * `culprit.env` lie beside them and belong to no release.
 */
export class Installation {
  readonly home: string;

  constructor(home: string) {
    this.home = resolve(home);
  }

  folderOf(name: string): string {
    return join(this.home, 'releases', name);
  }

  /** Name of the release that `current` points to. */
  current(): Promise<string | undefined> {
    return this.#target(CURRENT);
  }

  previous(): Promise<string | undefined> {
    return this.#target(PREVIOUS);
  }

  /** The settings of `culprit.env`, under those of `env`; the data folder is absolute. */
  settings(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
    const file = join(this.home, 'culprit.env');
    const kept = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
    const isOurs = env.CULPRIT_HOME === undefined || resolve(env.CULPRIT_HOME) === this.home;
    const data = (isOurs ? env.CULPRIT_DATA : undefined) ?? kept.CULPRIT_DATA ?? 'data';
    return { ...kept, ...env, CULPRIT_DATA: resolve(this.home, data) };
  }

  /**
   * Call in turn (`inTurn`): what an unpacking that was killed left behind is removed. Compares a tarball with the checksum that lies beside it and unpacks it, whole or not at all.
   *
   * @returns the name of the release.
   * @throws InstallationError
   */
  async unpack(tarball: string): Promise<string> {
    const sha256 = await demandChecksum(tarball);
    const releases = join(this.home, 'releases');
    await mkdir(releases, { recursive: true });
    const hash = sha256.slice(0, HASH_LENGTH);
    const there = (await readdir(releases)).find(
      (name) => !name.startsWith('.') && name.endsWith(`-${hash}`),
    );
    if (there !== undefined) return there;
    const drafts = (await readdir(releases)).filter((name) => name.startsWith(DRAFT));
    for (const left of drafts) await rm(join(releases, left), { recursive: true, force: true });
    const draft = join(releases, `${DRAFT}${process.pid}`);
    await mkdir(draft);
    try {
      await runCommand('tar', ['-xzf', tarball, '-C', draft, '--strip-components=1', '--no-same-owner']);
      const manifest = await readManifest(draft);
      if (manifest === undefined) throw new InstallationError(`${tarball} holds no release.`);
      const system = `${process.platform}-${process.arch}`;
      if (manifest.platform !== system)
        throw new InstallationError(`${tarball} is for ${manifest.platform}, this is ${system}.`);
      const name = `${manifest.version}-${hash}`;
      // Its name must not outlive its content, should the power fail.
      await runCommand('sync', ['-f', draft]);
      await rename(draft, this.folderOf(name));
      return name;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /** Points `current` to a release, in one step, and `previous` to the one before. */
  async switchTo(name: string): Promise<void> {
    const before = await this.current();
    await this.#point(CURRENT, name);
    if (before !== undefined && before !== name) await this.#point(PREVIOUS, before);
  }

  /** Undoes a switch: `current` and `previous` point where they did. */
  async restore(links: {
    readonly current: string | undefined;
    readonly previous: string | undefined;
  }): Promise<void> {
    for (const [link, name] of [
      [CURRENT, links.current],
      [PREVIOUS, links.previous],
    ] as const) {
      if (name === undefined) await rm(join(this.home, link), { force: true });
      else await this.#point(link, name);
    }
  }

  /**
   * Removes all but the `keep` newest releases; never `current` and `previous`, nor what `inUse` names.
   *
   * @returns names of those removed.
   */
  async prune(keep: number, inUse: readonly string[] = []): Promise<readonly string[]> {
    const kept = new Set([await this.current(), await this.previous(), ...inUse]);
    const names = (await readdir(join(this.home, 'releases'))).filter((name) => !name.startsWith('.'));
    const aged = await Promise.all(
      names.map(async (name) => ({ name, unpacked: (await stat(this.folderOf(name))).ctimeMs })),
    );
    const newestFirst = aged.sort((a, b) => b.unpacked - a.unpacked).map(({ name }) => name);
    const doomed = newestFirst.slice(keep).filter((name) => !kept.has(name));
    for (const name of doomed) await rm(this.folderOf(name), { recursive: true, force: true });
    return doomed;
  }

  async #target(link: string): Promise<string | undefined> {
    try {
      return basename(await readlink(join(this.home, link)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #point(link: string, name: string): Promise<void> {
    if (!existsSync(this.folderOf(name)))
      throw new InstallationError(`There is no release ${name} in ${this.home}.`);
    const draft = join(this.home, `.${link}-${process.pid}`);
    await rm(draft, { force: true });
    await symlink(join('releases', name), draft);
    await rename(draft, join(this.home, link));
    const folder = await open(this.home);
    await folder.sync().finally(() => folder.close());
  }
}

async function demandChecksum(tarball: string): Promise<string> {
  const text = await readFile(`${tarball}.sha256`, 'utf8').catch((cause: unknown) => {
    throw new InstallationError(`${tarball}.sha256 is missing: the checksum must lie beside the tarball.`, {
      cause,
    });
  });
  const wanted = text.trim().split(/\s/, 1)[0];
  const found = await sha256Of(tarball).catch((cause: unknown) => {
    throw new InstallationError(`${tarball} cannot be read.`, { cause });
  });
  if (wanted !== found)
    throw new InstallationError(`${tarball} is damaged: its checksum is ${found}, not ${wanted}.`);
  return found;
}

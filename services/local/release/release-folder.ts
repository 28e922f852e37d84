import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, readManifest } from './manifest.ts';

/** Code that can be run: an unpacked release, or a checkout. */
export interface ReleaseFolder {
  /** Absolute, without symbolic links: `current` may point elsewhere in a moment. */
  readonly root: string;
  /** The Node to run it on. */
  readonly runtime: string;
  /** Whether its services take sockets over and drain. */
  readonly takesOver: boolean;
  /** Undefined for a checkout. */
  readonly manifest: Manifest | undefined;
}

/** The folder is no release of this system. */
export class ReleaseFolderError extends Error {
  readonly code = 'no_release';
}

/** Reads what lies in `path`. @throws ReleaseFolderError */
export async function readReleaseFolder(path: string): Promise<ReleaseFolder> {
  const root = await realpath(path).catch((cause) => {
    throw new ReleaseFolderError(`There is no release in ${path}.`, { cause });
  });
  const runtime = runtimeOf(root);
  if (runtime === undefined || !existsSync(join(root, 'services', 'ingest', 'main.ts'))) {
    throw new ReleaseFolderError(`${root} holds no release for ${process.platform}-${process.arch}.`);
  }
  const manifest = await readManifest(root);
  return { root, runtime, takesOver: manifest?.takes_over ?? true, manifest };
}

function runtimeOf(root: string): string | undefined {
  const system = `${process.platform}-${process.arch}`;
  return [`node-${system}`, `node-bin-${system}`]
    .map((name) => join(root, 'node_modules', name, 'bin', 'node'))
    .find((path) => existsSync(path));
}

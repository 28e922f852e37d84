import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CommandError, root } from './command-error.js';

const OLDEST_MAJOR = 24;

/** The folder that npm's bin links are in; first on PATH, `node` means the pinned runtime there. */
const binFolder = join(root, 'node_modules', '.bin');

/**
 * The Node that everything runs on: pinned by the lockfile, so that it is the same on every machine.
 * @returns {string} path of the executable
 */
export function findRuntime() {
  const system = `${process.platform}-${process.arch}`;
  const pinned = [`node-${system}`, `node-bin-${system}`]
    .map((name) => join(root, 'node_modules', name, 'bin', 'node'))
    .find((path) => existsSync(path));
  if (pinned !== undefined) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_MAJOR) return process.execPath;
  throw new CommandError(
    `there is no pinned Node for ${system} (there is for linux-x64, linux-arm64, darwin-arm64, darwin-x64), and this Node is ` +
      `${process.version}. Start it with Node ${OLDEST_MAJOR} or newer. If you installed with --omit=optional, run npm ci without it.`,
  );
}

/** @param {NodeJS.ProcessEnv} env */
export function pathWithRuntime(env) {
  return `${binFolder}${delimiter}${env.PATH ?? ''}`;
}

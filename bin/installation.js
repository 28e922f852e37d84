import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from './command-error.js';

/** Whether this is an unpacked release: nothing is installed or built here. */
export const isRelease = existsSync(join(root, 'release.json'));

/**
 * The folder that `culprit deploy` keeps its releases in, where this is one of them: `<home>/releases/<name>`. Undefined elsewhere.
 */
export const home = isRelease && basename(dirname(root)) === 'releases' ? dirname(dirname(root)) : undefined;

/**
 * What is not set comes from `<home>/culprit.env`; the data lie beside the releases, so that they outlive each of them.
 * @param {NodeJS.ProcessEnv} env
 */
export function settingsOfInstallation(env) {
  if (home === undefined) return {};
  const file = join(home, 'culprit.env');
  const settings = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const data = env.CULPRIT_DATA ?? settings.CULPRIT_DATA ?? 'data';
  return { ...settings, ...env, CULPRIT_DATA: resolve(home, data), CULPRIT_HOME: env.CULPRIT_HOME ?? home };
}

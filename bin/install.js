import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, root } from './command-error.js';

/**
 * Runs `npm ci` when node_modules is not what the lockfile says. Compares the two lockfiles by content, not by age: a checkout sets times
 * as it likes.
 */
export async function ensureInstalled() {
  const reason = whatIsMissing();
  if (reason === undefined) return;
  process.stderr.write(`culprit: installing packages (${reason}); a minute the first time\n`);
  const started = Date.now();
  const code = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    throw new CommandError(
      `npm ci ended with code ${code}. Its message is above; npm ci --ignore-scripts is enough too.`,
    );
  }
  process.stderr.write(`culprit: installed in ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

/** @returns {string | undefined} why an install is needed */
function whatIsMissing() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return 'there is no node_modules';
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedFile);
  for (const [path, { version, integrity, link, optional, resolved }] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue;
    const there = installed[path];
    if (there === undefined) {
      if (optional) continue; // of another platform
      return `${nameOf(path)} is missing`;
    }
    const same = link
      ? there.resolved === resolved
      : there.version === version && there.integrity === integrity;
    if (!same) return `${nameOf(path)} has changed`;
  }
  return undefined;
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Runs npm with the Node that runs this, and lets it talk to the terminal. @returns {Promise<number>} exit code */
function npm(args) {
  const [command, before] = npmCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd: root,
      stdio: 'inherit',
      env: npmEnvironment(),
    });
    child.on('error', () =>
      reject(new CommandError('npm was not found. Culprit needs Node ≥ 20 and npm, nothing else.')),
    );
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function npmCommand() {
  const ofThisRun = process.env.npm_execpath;
  if (ofThisRun?.endsWith('.js') && existsSync(ofThisRun)) return [process.execPath, [ofThisRun]];
  const besideNode = join(dirname(process.execPath), 'npm');
  return [existsSync(besideNode) ? besideNode : 'npm', []];
}

/** An outer `npm test` in production mode must not keep the tools for developers away. */
function npmEnvironment() {
  const { npm_config_omit: _omit, NODE_ENV: _mode, ...env } = process.env;
  return env;
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, root } from './command-error.js';
import { pathWithRuntime } from './runtime.js';

const SHELL_CHECK_MS = 250;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command's script on the pinned runtime until it ends; signals go on to it, its exit code or signal becomes ours.
 * @returns {Promise<number>} exit code
 */
export function runScript({ runtime, command, args, env }) {
  const script = join(root, command.script);
  if (!existsSync(script)) throw new CommandError(`${command.script} is missing in this checkout.`);
  const child = spawn(runtime, [script, ...args], {
    stdio: command.linked ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    // Then Ctrl-C in a terminal reaches this process only, and what runs behind it is stopped in order.
    detached: command.linked === true,
    env: { ...compileCache(command), ...process.env, ...env, PATH: pathWithRuntime(process.env) },
  });
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      const hasItAlready = signal === 'SIGINT' && process.stdin.isTTY && !command.linked;
      if (!hasItAlready) child.kill(signal);
    });
  }
  followShellOfNpm(child);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new CommandError(unstartable(runtime, error))));
    child.on('exit', (code, signal) => {
      if (signal === null) return resolve(code ?? 1);
      for (const name of FORWARDED) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    });
  });
}

/** Halves the time of a start. Not for tests: coverage is less exact with it. */
function compileCache(command) {
  return command.linked ? { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'culprit') } : {};
}

/** npm passes a signal on to the shell that it runs a script in, and that shell dies of it alone: so notice when it is gone. */
function followShellOfNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, SHELL_CHECK_MS);
  watch.unref();
}

function unstartable(runtime, error) {
  return error.code === 'ENOENT'
    ? `${runtime} cannot be run here. On a Linux with musl (Alpine) there is no pinned Node: use one with glibc.`
    : `${runtime} cannot be run: ${error.message}`;
}

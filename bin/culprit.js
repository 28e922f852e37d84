#!/usr/bin/env node
// The one entry of every npm script. Runs on any Node from 20 on, installs what is missing, and hands over to the pinned runtime.
import { commands, printHelp } from './commands.js';
import { ensureInstalled } from './install.js';
import { isRelease, settingsOfInstallation } from './installation.js';
import { runScript } from './run-script.js';
import { findRuntime } from './runtime.js';
import { storesOfRunningStack } from './stores.js';

const [name = 'help', ...rest] = process.argv.slice(2);

if (['help', '--help', '-h'].includes(name)) {
  printHelp(process.stdout);
} else {
  process.exitCode = await dispatch(name, rest);
}

async function dispatch(commandName, args) {
  const command = Object.hasOwn(commands, commandName) ? commands[commandName] : undefined;
  if (command === undefined) {
    process.stderr.write(`culprit: no command '${commandName}'\n\n`);
    printHelp(process.stderr);
    return 2;
  }
  try {
    if (!isRelease) await ensureInstalled();
    Object.assign(process.env, settingsOfInstallation(process.env));
    const runtime = findRuntime();
    const env = command.needsStores ? storesOfRunningStack(process.env) : {};
    return await runScript({ runtime, command, args, env });
  } catch (error) {
    if (error?.name !== 'CommandError') throw error;
    process.stderr.write(`culprit: ${error.message}\n`);
    return 1;
  }
}

import type { FirstRunFile } from './data-folder.ts';

/** What a person needs after a start. The password is shown once, when it was made. */
export function greeting(options: {
  readonly firstRun: FirstRunFile;
  readonly isFirstRun: boolean;
  /** The data folder as the person calls it. */
  readonly folderName: string;
  readonly seconds: number;
}): string {
  const { firstRun, isFirstRun, folderName, seconds } = options;
  const file = `${folderName}/first-run.json`;
  const login = isFirstRun
    ? [`  Login   ${firstRun.email}`, `          ${firstRun.password}   (also in ${file})`]
    : [`  Login   ${firstRun.email}, password in ${file}`];
  const lines = [
    '',
    `  Culprit is up after ${seconds.toFixed(1)} s.`,
    '',
    `  Pages   ${firstRun.url}`,
    ...login,
    `  DSN     ${firstRun.dsn}`,
    '',
    '  Use the Sentry SDK you already know; only the DSN changes. For Node:',
    '',
    '      npm install @sentry/node',
    '',
    '      // instrument.mjs, loaded before anything else: node --import ./instrument.mjs app.js',
    "      import * as Sentry from '@sentry/node';",
    '      Sentry.init({',
    `        dsn: '${firstRun.dsn}',`,
    "        release: 'my-app@1.0.0', // ties each error to its deploy",
    '      });',
    '',
    "      setTimeout(() => { throw new Error('Hello from my app'); }, 100);",
    '',
    `  Or let a shop fail for you: npm run demo. Ctrl-C stops everything; the data stay in ${folderName}.`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

import type { FirstRunFile } from './data-folder.ts';
import type { SettledLog } from './log/settle-log.ts';
import { isThere } from './repository.ts';

/** What a person needs after a start. The password is shown once, when it was made. */
export function greeting(options: {
  readonly firstRun: FirstRunFile;
  readonly isFirstRun: boolean;
  readonly log: SettledLog;
  /** The data folder as the person calls it. */
  readonly folderName: string;
  readonly seconds: number;
}): string {
  const { firstRun, isFirstRun, log, folderName, seconds } = options;
  const file = `${folderName}/first-run.json`;
  const demo = isThere('services', 'local', 'demo') ? 'Or let a shop fail for you: npm run demo. ' : '';
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
    `  Log     ${logLine(log, folderName)}`,
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
    `  ${demo}Ctrl-C stops everything; the data stay in ${folderName}.`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Where events wait, and how many copies there are until they are processed. */
function logLine({ choice, variables }: SettledLog, folderName: string): string {
  if (choice.place === 'lmdb') return `embedded: one copy, in ${folderName}/log`;
  const brokers = variables.KAFKA_BROKERS;
  if (choice.place === 'embedded-kafka') {
    return `Kafka at ${brokers}, a single broker: one copy, in ${folderName}/kafka`;
  }
  const isSingle = variables.CULPRIT_KAFKA_SINGLE === '1';
  return `Kafka at ${brokers}${isSingle ? ': one copy (CULPRIT_KAFKA_SINGLE)' : ''}`;
}

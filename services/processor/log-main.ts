import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeTopic, openKafkaEventLog, reopenTopic } from '@culprit/event-log';
import { readConfig } from './config.ts';
import { runAcceptLoss } from './mend/loss-command.ts';
import { nextTopicOf, waitingIn } from './resize-log.ts';
import { openToolContext, type ToolContext } from './tool-context.ts';

// `culprit log resize --partitions N` and, to take it back before the end, `culprit log reopen`; `culprit log accept-loss`. Exit code 1: nothing was changed.
const LOOK_EVERY_MS = 500;
const USAGE =
  'usage: culprit log resize --partitions N [--minutes 30] | reopen | accept-loss [partition --to offset --yes]\n';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    partitions: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    to: { type: 'string' },
    yes: { type: 'boolean', default: false },
  },
});
const [command, argument] = positionals;
const partitions = Number(values.partitions);
const { log: config, logTopic } = readConfig();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (config.mode !== 'kafka') {
  say(
    command === 'accept-loss'
      ? 'The log is the embedded one, which drops nothing that was not processed. In the place of a lost one: culprit log-mend.'
      : 'The log is the embedded one: stop, set CULPRIT_LOG_PARTITIONS, and start again.',
  );
  process.exitCode = 1;
} else if (command === 'reopen') {
  await reopenTopic(config, config.topic);
  say(`${config.topic} takes records again.`);
} else if (command === 'resize' && Number.isInteger(partitions) && partitions >= 1 && partitions <= 1024) {
  const tools = await openToolContext('log');
  try {
    await resize(config, tools);
  } finally {
    await tools.close();
  }
} else if (command === 'accept-loss' && isOffset(argument) && isOffset(values.to)) {
  const tools = await openToolContext('log');
  try {
    const wish = { partition: numberOf(argument), to: numberOf(values.to), isConfirmed: values.yes };
    process.exitCode = await runAcceptLoss(wish, tools, say);
  } finally {
    await tools.close();
  }
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}

function isOffset(text: string | undefined): boolean {
  return text === undefined || /^\d{1,15}$/.test(text);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/**
 * The old topic is closed by the brokers, so that its ends are final; ingest spools meanwhile and goes on answering 200. When the processors are through
 * with it, the next topic begins above all of its offsets.
 */
async function resize(
  kafka: Extract<typeof config, { mode: 'kafka' }>,
  { log, context }: ToolContext,
): Promise<void> {
  const next = nextTopicOf(kafka.topic);
  // First what may fail for want of rights or brokers.
  const fresh = await openKafkaEventLog({ ...kafka, topic: next, partitions, firstOffset: 0 });
  const isUsed = (await fresh.lag()).some(({ end }) => end > 0);
  await fresh.close();
  if (isUsed) {
    say(`${next} has records already. Are services on it?`);
    process.exitCode = 1;
    return;
  }
  await closeTopic(kafka, kafka.topic);
  say(
    `${kafka.topic} takes no more records; ingest keeps new ones in its spool. Waiting for the processors…`,
  );
  const deadline = performance.now() + Number(values.minutes) * 60_000;
  for (;;) {
    const { records, plans, firstOffset } = await waitingIn(log, context);
    if (records === 0 && plans === 0) return tell(firstOffset);
    if (performance.now() > deadline) break;
    await delay(LOOK_EVERY_MS);
  }
  await reopenTopic(kafka, kafka.topic);
  say(`The processors did not get through in ${values.minutes} minutes. ${kafka.topic} takes records again.`);
  process.exitCode = 1;
}

function tell(firstOffset: number): void {
  say('All of it is processed. Set these for every service, and replace ingest, processors and web:');
  say(`CULPRIT_LOG_TOPIC=${nextTopicOf(logTopic)}`);
  say(`CULPRIT_LOG_PARTITIONS=${partitions}`);
  say(`CULPRIT_LOG_FIRST_OFFSET=${firstOffset}`);
}

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Installation } from '../../services/local/release/installation.ts';
import { readReleaseFolder } from '../../services/local/release/release-folder.ts';
import { waitFor } from '../chaos/local-stack.ts';
import { DeployedStack } from './deployed-stack.ts';
import { openLedger } from './ledger.ts';
import { choosePrevious, tarballOf } from './previous-release.ts';
import { startSender } from './sender.ts';
import { handSpoolOver, type SpoolStep } from './spool-hand-over.ts';

// `npm run rollback-drill`: old → new → old → new under load, each time with a plan that the one leaves and the other must adopt. On Kafka before that ingest alone, there and back,
// each time with records in the spool that the one has written and the other must forward.
const { values } = parseArgs({
  options: {
    previous: { type: 'string' },
    next: { type: 'string', default: 'HEAD' },
    rate: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '5' },
    result: { type: 'string' },
    /** For formats that the old release cannot read: forward only, all old processes end before the first new one starts. */
    'one-way': { type: 'boolean', default: false },
    /** The log on an embedded Kafka. */
    kafka: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const RATE = Number(values.rate);
const PHASE_MS = Number(values.seconds) * 1_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const base = await mkdtemp(join(tmpdir(), 'culprit-drill-'));
await chmod(base, 0o711);
const { name: previousName, why } = await choosePrevious(values.previous);
say(`previous release: ${previousName} (${why}); next: ${values.next}`);
const oldTarball = await tarballOf(previousName, join(base, 'old'), say);
const newTarball = await tarballOf(values.next, join(base, 'new'), say);

const installation = new Installation(join(base, 'home'));
await mkdir(installation.home, { mode: 0o711 });
const oldRelease = await readReleaseFolder(installation.folderOf(await installation.unpack(oldTarball)));
const newName = await installation.unpack(newTarball);
const newRelease = await readReleaseFolder(installation.folderOf(newName));
await installation.switchTo(oldRelease.root.slice(oldRelease.root.lastIndexOf('/') + 1));

const stack = new DeployedStack({
  installation,
  oldRelease,
  newRelease,
  base,
  isOnKafka: values.kafka,
});
await stack.makeDataWithOldSupervisor();
await stack.start();
const { dsn } = await stack.firstRun();
const sender = startSender(dsn, RATE);
await load('old');

const spools: SpoolStep[] = [];
if (values.kafka && !values['one-way']) {
  for (const [what, release] of [
    ['old → new', newRelease],
    ['new → old', oldRelease],
  ] as const) {
    spools.push(await handSpoolOver(stack, what, release));
    say(`spool ${what}: ${spools.at(-1)?.records} records`);
  }
}
const steps = [];
const changes: readonly (readonly [what: string, args: readonly string[]])[] = values['one-way']
  ? [['old → new', ['deploy', newTarball, '--one-way']]]
  : [
      ['old → new', ['deploy', newTarball]],
      ['new → old', ['rollback']],
      ['old → new again', ['deploy', newTarball]],
    ];
for (const [what, args] of changes) {
  steps.push(await stack.changeWithUnfinishedPlan(what, args, say));
  await load(what);
}
const counts = await sender.finish();
const ledger = await openLedger(await stack.run());
await waitFor(
  'all acknowledged events stored',
  async () => ((await ledger.missing(counts.acknowledged)).length === 0 ? true : undefined),
  60_000,
).catch((error: Error) => say(error.message));
const missing = await ledger.missing(counts.acknowledged);
const doubled = await ledger.doubled(counts.acknowledged);
await ledger.close();
const verified = await stack.verify();
await stack.stop();

const mayFail = !oldRelease.takesOver || values['one-way'];
const isGood =
  missing.length === 0 &&
  doubled.length === 0 &&
  verified.code === 0 &&
  steps.every((step) => step.isPlanLeft) &&
  (mayFail || Object.keys(counts.failures).length === 0);
const summary = {
  date: new Date().toISOString().slice(0, 10),
  previous: oldRelease.manifest?.commit,
  next: newRelease.manifest?.commit,
  previousTakesSocketsOver: oldRelease.takesOver,
  log: values.kafka ? 'kafka' : 'lmdb',
  spools,
  steps,
  sent: counts.sent,
  acknowledged: counts.acknowledged.size,
  notAcknowledged: counts.failures,
  slowestAnswerMs: Math.round(counts.slowestMs),
  missing: missing.length,
  doubled: doubled.length,
  verify: verified.output.trim().split('\n').at(-1),
};
say(JSON.stringify(summary, null, 2));
if (values.result !== undefined) await writeFile(values.result, `${JSON.stringify(summary, null, 2)}\n`);
if (isGood && !values.keep) await rm(base, { recursive: true, force: true });
else say(`${isGood ? '' : 'FAILED. '}Everything is kept in ${base}`);
process.exit(isGood ? 0 : 1);

/** Until as many events have been acknowledged as the phase is long. */
async function load(phase: string): Promise<void> {
  const before = sender.counts.acknowledged.size;
  const wanted = (RATE * PHASE_MS) / 1_000;
  await waitFor(
    `events acknowledged: ${phase}`,
    async () => (sender.counts.acknowledged.size - before >= wanted ? true : undefined),
    PHASE_MS * 10,
  );
}

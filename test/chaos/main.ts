import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { killBetweenTokenAndRename, makeKill, planKills } from './kills.ts';
import { Load } from './load.ts';
import { fixedPorts, LocalStack, waitFor } from './local-stack.ts';
import { committed, untilEmpty } from './progress.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    eaten: { type: 'string', default: '0' },
    senders: { type: 'string', default: '16' },
    pause: { type: 'string', default: '40' },
    log: { type: 'string', default: 'lmdb' },
    result: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const log = values.log === 'kafka' ? 'kafka' : 'lmdb';

const base = await mkdtemp(join(tmpdir(), 'culprit-chaos-'));
const faultFolder = join(base, 'faults');
const ackFile = join(base, 'acknowledged');
await mkdir(faultFolder);
await chmod(base, 0o711);
const stack = new LocalStack(join(base, 'data'), {
  CULPRIT_FAULT_DIR: faultFolder,
  CULPRIT_LOG: log,
  KAFKA_BROKERS: '',
  ...fixedPorts(),
});

const started = Date.now();
await stack.start();
const { dsn } = await stack.firstRun();
const load = new Load(dsn);
await load.start(ackFile, Number(values.senders), Number(values.pause));
say(`stack in ${base}, ${values.senders} senders`);

const tally = new Map<string, { kills: number; hit: number }>();
let hits = 0;
const kills = planKills(Number(values.kills), log);
for (const [n, kill] of kills.entries()) {
  await untilWorkMoves();
  const isHit = await makeKill(stack, kill, faultFolder);
  if (isHit) hits += 1;
  const name = `${kill.victim} @ ${kill.at ?? 'any moment'}`;
  const sum = tally.get(name) ?? { kills: 0, hit: 0 };
  tally.set(name, { kills: sum.kills + 1, hit: sum.hit + (isHit ? 1 : 0) });
  say(`${n + 1}/${kills.length} ${name}${kill.at !== undefined && !isHit ? ' (no batch came by)' : ''}`);
}
for (let n = 0; n < Number(values.eaten); n += 1) {
  await untilWorkMoves();
  await killBetweenTokenAndRename(stack);
  say(`${n + 1}/${values.eaten} clickhouse between token and rename`);
}
await untilWorkMoves();
await load.stop();
say('load ended, waiting for the log to be empty');
await untilEmpty(stack);
const result = await check(stack, ackFile);
await stack.stop();

const isGood =
  result.missing.length === 0 && result.doubled.length === 0 && result.isVerified && hits * 2 >= kills.length;
const summary = {
  date: new Date().toISOString().slice(0, 10),
  log,
  seconds: Math.round((Date.now() - started) / 1000),
  kills: kills.length,
  killsBetweenTokenAndRename: Number(values.eaten),
  killsWhileABatchStoodAtAPoint: hits,
  load: load.counts,
  acknowledged: result.acknowledged,
  missing: result.missing.length,
  doubled: result.doubled.length,
  storedWithoutAnswer: result.unacknowledgedRows,
  verify: result.verify.split('\n').at(-1),
  byVictimAndPoint: Object.fromEntries([...tally].sort(([a], [b]) => (a < b ? -1 : 1))),
};
say(JSON.stringify(summary, null, 2));
if (values.result !== undefined) await writeFile(values.result, `${JSON.stringify(summary, null, 2)}\n`);
if (isGood && !values.keep) await rm(base, { recursive: true, force: true });
else
  say(
    `${isGood ? '' : 'FAILED. '}Everything is kept in ${base}\n${result.verify}\nmissing: ${result.missing.slice(0, 5).join(' ')}`,
  );
process.exit(isGood ? 0 : 1);

/** The stack is back when events are acknowledged again and the processor has committed something. */
async function untilWorkMoves(): Promise<void> {
  const { acknowledged } = load.counts;
  await waitFor(
    'acknowledged events',
    async () => load.counts.acknowledged > acknowledged + 20 || undefined,
    90_000,
  );
  const before = await waitFor('positions', () => committed(stack), 90_000);
  await waitFor('commits', async () => (await committed(stack)) > before || undefined, 90_000);
}

import { ClickHouseError } from '@culprit/clickhouse';
import { PostgresError, sql } from '@culprit/postgres';
import type { EventId } from '@culprit/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  eventId,
  faultyClickHouse,
  faultyDatabase,
  type ProcessorHarness,
  startProcessorHarness,
  type TestProcessor,
} from './harness.ts';

/** What must be true in the end: for each kind of event the ids that were sent, and who was hit. */
interface Model {
  readonly ids: EventId[];
  readonly kinds: Map<string, { ids: Set<EventId>; people: Set<string> }>;
}

interface Real {
  readonly harness: ProcessorHarness;
  processors: TestProcessor[];
}

type Command = fc.AsyncCommand<Model, Real>;
const command = (name: string, run: Command['run']): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const send = (kindNumber: number, personNumber: number, resend: number | undefined): Command =>
  command(
    `send(kind ${kindNumber}, person ${personNumber}, resend ${resend ?? '-'})`,
    async (model, { harness }) => {
      const known = resend === undefined ? undefined : model.ids[resend % Math.max(1, model.ids.length)];
      const id = known ?? eventId();
      const kind = `kind-${kindNumber}`;
      const person = String(personNumber);
      await harness.append({ id, event: { fingerprint: [kind], user: { id: person } } });
      if (known !== undefined) return; // the same id again: nothing may change
      model.ids.push(id);
      const entry = model.kinds.get(kind) ?? { ids: new Set(), people: new Set() };
      entry.ids.add(id);
      entry.people.add(person);
      model.kinds.set(kind, entry);
    },
  );

const step = (processor: number, records: number): Command =>
  command(`step(processor ${processor}, ${records} records)`, async (_, real) => {
    await real.processors[processor]?.step(0, records).catch(() => {});
  });

/** A processor makes one batch in which a store fails or its answer is lost, and starts anew. */
const crash = (at: 'plan' | 'store' | 'commit', isAnswerLost: boolean, records: number): Command =>
  command(`crash(${isAnswerLost ? 'after' : 'before'} ${at}, ${records} records)`, async (_, real) => {
    const { harness } = real;
    const place = isAnswerLost ? 'after' : 'before';
    const lost = new PostgresError('connection', 'lost');
    const fails = () => {
      throw new ClickHouseError('connection', 'lost');
    };
    const n = at === 'plan' ? 1 : 2;
    const crashing = harness.processor(
      at === 'store'
        ? { clickhouse: faultyClickHouse(harness.clickhouse, { [place]: fails }) }
        : { database: faultyDatabase(harness.database, (i) => (i === n ? { [place]: lost } : undefined)) },
    );
    await crashing.step(0, records).catch(() => {});
    real.processors = [harness.processor(), ...real.processors.slice(1)];
  });

const size = fc.integer({ min: 1, max: 6 });
const commands = [
  fc
    .record({
      kind: fc.nat(3),
      person: fc.nat(4),
      resend: fc.option(fc.nat(20), { nil: undefined, freq: 3 }),
    })
    .map(({ kind, person, resend }) => send(kind, person, resend)),
  fc.tuple(fc.nat(1), size).map(([processor, n]) => step(processor, n)),
  fc
    .tuple(fc.constantFrom('plan' as const, 'store' as const, 'commit' as const), fc.boolean(), size)
    .map(([at, isAnswerLost, n]) => crash(at, isAnswerLost, n)),
];

test('whatever is sent, resent, crashed and taken over: each event is stored once and counted once', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), async (sequence) => {
      const harness = await startProcessorHarness();
      try {
        const model: Model = { ids: [], kinds: new Map() };
        const real: Real = { harness, processors: [harness.processor(), harness.processor()] };
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        await harness.processor().drain();
        const rows = await harness.database.many<{
          title: string;
          times_seen: string;
          users_seen: string;
        }>(sql`
          select times_seen, users_seen from issues where times_seen > 0 order by times_seen, users_seen`);
        const expected = [...model.kinds.values()].map(({ ids, people }) => [
          String(ids.size),
          String(people.size),
        ]);
        expect(rows.map((row) => [row.times_seen, row.users_seen]).sort()).toEqual(expected.sort());
        expect(await harness.verify()).toEqual([]);
        expect(harness.alarms).toEqual([]);
      } finally {
        await harness.stop();
      }
    }),
    { numRuns: 12 },
  );
});

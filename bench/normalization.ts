import { group } from '@culprit/grouping';
import { decodePayload, handledOf, normalizeEvent } from '@culprit/normalization';
import { actorHashOf, addToSketch, emptySketch, identitiesOf, userHashOf } from '@culprit/people';
import type { EventId, NormalizedEvent, ProjectId } from '@culprit/protocol';
import { realisticEvent } from './realistic-event.ts';

/** CPU of the pure stages for one event of about 14 KB: prints µs per event, best of the rounds. `node bench/normalization.ts [rounds]` */
const EVENTS = 500;
const rounds = Number(process.argv[2] ?? 10);

const payloads = Array.from({ length: EVENTS }, (_, seed) =>
  new TextEncoder().encode(JSON.stringify(realisticEvent(seed))),
);
const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0) / EVENTS;
const secret = new Uint8Array(32).fill(7);

function timed<T>(times: number[], work: () => T): T {
  const start = process.hrtime.bigint();
  const result = work();
  times.push(Number(process.hrtime.bigint() - start) / 1000 / EVENTS);
  return result;
}

function normalized(payload: unknown, i: number): NormalizedEvent {
  const result = normalizeEvent(payload, {
    projectId: 1 as ProjectId,
    keyId: 1,
    eventId: i.toString(16).padStart(32, '0') as EventId,
    received: 1_795_000_060_000,
    sentAt: '2026-11-18T12:26:40.000Z',
    clientIp: '203.0.113.9',
    itemType: 'event',
  });
  if (!result.ok) throw new Error(result.reason);
  return result.event;
}

const times: Record<'decode' | 'normalize' | 'group' | 'people' | 'sketch', number[]> = {
  decode: [],
  normalize: [],
  group: [],
  people: [],
  sketch: [],
};
for (let round = 0; round < rounds; round++) {
  const decoded = timed(times.decode, () =>
    payloads.map((payload) => {
      const result = decodePayload(payload);
      return result.ok ? result.value : {};
    }),
  );
  const events = timed(times.normalize, () => decoded.map(normalized));
  timed(times.group, () => events.map(group));
  const hashes = timed(times.people, () =>
    events.map((event) => {
      identitiesOf(event.user);
      handledOf(event);
      actorHashOf(secret, event);
      return userHashOf(secret, event.user);
    }),
  );
  timed(times.sketch, () => addToSketch(emptySketch(), hashes));
}

console.log(`${EVENTS} events of ${(bytes / 1024).toFixed(1)} KiB, ${rounds} rounds; µs per event`);
for (const [stage, all] of Object.entries(times)) {
  const sorted = [...all].sort((a, b) => a - b);
  console.log(
    stage.padEnd(10),
    `best ${(sorted[0] ?? 0).toFixed(1)}`,
    `median ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)}`,
  );
}

import { group } from '@culprit/grouping';
import { decodePayload, handledOf, normalizeEvent } from '@culprit/normalization';
import { actorHashOf, addToSketch, emptySketch, identitiesOf, userHashOf } from '@culprit/people';
import type { EventId, NormalizedEvent, ProjectId } from '@culprit/protocol';
import { realisticEvents } from './realistic-events.ts';

/** CPU of the pure stages for one event of about 14 KB: prints µs per event, without garbage collection by other threads. `node bench/normalization.ts [rounds]` */
const EVENTS = 500;
const rounds = Number(process.argv[2] ?? 10);

const received = Date.UTC(2026, 10, 21, 12);
const sent = realisticEvents(EVENTS, 1, { now: received });
const payloads = sent.map(({ json }) => new TextEncoder().encode(json));
const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0) / EVENTS;
const secret = new Uint8Array(32).fill(7);

function timed<T>(times: number[], work: () => T): T {
  const before = process.threadCpuUsage();
  const result = work();
  const used = process.threadCpuUsage(before);
  times.push((used.user + used.system) / EVENTS);
  return result;
}

function normalized(payload: unknown, i: number): NormalizedEvent {
  const result = normalizeEvent(payload, {
    projectId: 1 as ProjectId,
    keyId: 1,
    eventId: i.toString(16).padStart(32, '0') as EventId,
    received,
    sentAt: new Date(received).toISOString(),
    clientIp: '203.0.113.9',
    itemType: 'event',
  });
  if (!result.ok) throw new Error(result.reason);
  return result.event;
}

/** Events of one bug are one issue, and of two bugs two: else the figures are of something else. */
function checkIssues(grouped: readonly string[]): void {
  const byIssue = new Map<number, Set<string>>();
  sent.forEach(({ issue }, i) => {
    byIssue.set(issue, (byIssue.get(issue) ?? new Set()).add(grouped[i] ?? ''));
  });
  const split = [...byIssue.values()].filter((hashes) => hashes.size > 1).length;
  if (split > 0 || new Set(grouped).size !== byIssue.size) {
    throw new Error(`${byIssue.size} bugs made ${new Set(grouped).size} issues, ${split} of them split`);
  }
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
  const grouped = timed(times.group, () => events.map((event) => group(event).hash));
  checkIssues(grouped);
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

/** The first rounds are the compiler's. Means, because the clock of a thread's CPU moves in steps of milliseconds. */
const WARM_UP = Math.min(5, rounds - 1);
console.log(
  `${EVENTS} events of ${(bytes / 1024).toFixed(1)} KiB, ${rounds - WARM_UP} rounds; µs of CPU per event`,
);
for (const [stage, all] of Object.entries(times)) {
  const warm = all.slice(WARM_UP);
  console.log(stage.padEnd(10), (warm.reduce((sum, time) => sum + time, 0) / warm.length).toFixed(1));
}

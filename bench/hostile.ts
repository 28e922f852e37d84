import { group } from '@culprit/grouping';
import { decodePayload, normalizeEvent } from '@culprit/normalization';
import type { EventId, NormalizedEvent, ProjectId } from '@culprit/protocol';
import { DEFAULT_SCRUBBING, scrubEvent } from '@culprit/scrubbing';

/**
 * CPU of the pure stages for texts of a megabyte that are made to keep an expression going: at most 50 ms are promised for each. The tests bound them ten
 * times as high, because counting covered lines slows such loops down and machines are busy. `node bench/hostile.ts`
 */
const PROMISED_MS = 50;
const MEGABYTE = 1 << 20;
const ROUNDS = 5;
const filled = (piece: string): string => piece.repeat(MEGABYTE / piece.length);

const PIECES = [
  ...['a', ' ', '\n', '1', '4-', ':', '::', '-', '.', '/', '@', '%', '{', '(', '"', '<a', '😀', '\u0000'],
  ...['a:', 'a=b&', 'a b ', '%(a', '://a:b', '//a:b@', 'a@b.', 'a@b.c', '1.1.', 'DE12', '123-45-678'],
  ...['token', 'secret ', 'bearer  ', '/home/', 'a/profiles/', 'abcdef01-', '4571-2345-6789-011x '],
  ...[
    'Android ',
    'Mozilla/5.0 (',
    '[{"a":',
    '"a";v="1",',
    '-----BEGIN PRIVATE KEY-----',
    '$$Lambda$Generated',
  ],
];

/** Events that are hostile by their number of parts. */
const MANY: Readonly<Record<string, string>> = {
  'unknown fields': `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
  'bad tags': `{"tags":[${'[1],'.repeat(MEGABYTE / 5)}1]}`,
  breadcrumbs: `{"breadcrumbs":[${'{},'.repeat(MEGABYTE / 16)}{}]}`,
  variables: `{"stacktrace":{"frames":[{"vars":[${'1,'.repeat(MEGABYTE / 2)}1]}]}}`,
  'nested lists': `{"extra":{"a":${'['.repeat(MEGABYTE / 8)}${']'.repeat(MEGABYTE / 8)}}}`,
  cookies: JSON.stringify({ request: { headers: { cookie: 'a=b;'.repeat(MEGABYTE / 4) } } }),
};

function everywhere(text: string): unknown {
  return {
    message: text,
    logentry: { message: text, formatted: text },
    transaction: text,
    release: text,
    user: { ip_address: text, email: text },
    tags: { [text]: text, a: text },
    extra: { [text]: text, a: text },
    request: {
      url: `https://${text}`,
      query_string: text,
      cookies: text,
      headers: { 'User-Agent': text },
      data: text,
    },
    exception: [
      { type: text, value: text, stacktrace: { frames: [{ function: text, module: text, abs_path: text }] } },
    ],
    breadcrumbs: [{ timestamp: text, message: text, category: text }],
  };
}

function normalized(payload: unknown): NormalizedEvent {
  const result = normalizeEvent(payload, {
    projectId: 1 as ProjectId,
    keyId: 1,
    eventId: 'a'.repeat(32) as EventId,
    received: Date.UTC(2026, 10, 21, 12),
    itemType: 'event',
  });
  if (!result.ok) throw new Error(result.reason);
  return result.event;
}

interface Case {
  readonly name: string;
  readonly payload: unknown;
  /** What hurts in it, once. */
  readonly sent: unknown;
}

/**
 * The stages that read texts of strangers, the later ones also without the limits of the first, which leave 8 KB of most texts. Scrubbing
 * takes its time by the megabyte, so it gets one; the others find the text in every place.
 */
const STAGES: Readonly<Record<string, (one: Case) => () => unknown>> = {
  normalize:
    ({ payload }) =>
    () =>
      normalized(payload),
  scrub: ({ sent }) => {
    const event = { ...normalized({}), extra: { sent } } as NormalizedEvent;
    return () =>
      scrubEvent(event, { ...DEFAULT_SCRUBBING, scrubIPAddresses: true, sensitiveFields: ['customer'] });
  },
  group: ({ payload }) => {
    const event = { ...normalized({}), ...(payload as object), exception: { values: exceptionsOf(payload) } };
    return () => group(event as NormalizedEvent);
  },
};

function exceptionsOf(payload: unknown): unknown[] {
  const { exception } = payload as { readonly exception?: unknown };
  return Array.isArray(exception) ? exception : [];
}

/** The least of some rounds: the first ones are the compiler's. */
function cpuMs(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function decoded(json: string): unknown {
  const payload = decodePayload(new TextEncoder().encode(json));
  if (!payload.ok) throw new Error('not decoded');
  return payload.value;
}

const cases: Case[] = [
  ...PIECES.map((piece): Case => {
    const sent = filled(piece);
    return { name: JSON.stringify(piece), payload: everywhere(sent), sent };
  }),
  ...Object.entries(MANY).map(([name, json]): Case => {
    const payload = decoded(json);
    return { name: `many ${name}`, payload, sent: payload };
  }),
];
let missed = 0;
for (const [stage, prepare] of Object.entries(STAGES)) {
  const times = cases.map((one): [string, number] => [one.name, cpuMs(prepare(one))]);
  times.sort(([, a], [, b]) => b - a);
  missed += times.filter(([, ms]) => ms > PROMISED_MS).length;
  const slowest = times.slice(0, 4).map(([name, ms]) => `${ms.toFixed(1)} ${name}`);
  console.log(`${stage.padEnd(10)} ${cases.length} texts, ms of CPU of the slowest: ${slowest.join(', ')}`);
}
console.log(missed === 0 ? `all within ${PROMISED_MS} ms` : `${missed} above ${PROMISED_MS} ms`);

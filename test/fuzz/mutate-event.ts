import type { Random } from './random.ts';

type Loose = Record<string, unknown>;

/** What a mutation never touches, as it must be stored. */
export interface Untouched {
  readonly extra: Loose;
  readonly user: Loose;
  readonly release: string;
  readonly tags: readonly (readonly [string, string])[];
}

/** Fields that are mutated, with something good in each. */
const TOUCHED: Readonly<Loose> = {
  timestamp: 1_700_000_000,
  level: 'warning',
  platform: 'javascript',
  logger: 'shop',
  transaction: '/cart',
  environment: 'production',
  fingerprint: ['{{ default }}', 'cart'],
  modules: { express: '4.0.0' },
  sdk: { name: 'sentry.javascript.browser', version: '11.0.0', settings: { infer_ip: 'auto' } },
  message: 'nothing to reserve',
  exception: {
    values: [
      {
        type: 'TypeError',
        value: 'x is undefined',
        mechanism: { type: 'generic', handled: false, data: { a: 1 } },
        stacktrace: {
          frames: [
            { function: 'main', filename: 'https://shop.example/app.js', lineno: 1, colno: 2, in_app: true },
            {
              function: 'pay',
              filename: 'pay.js',
              lineno: 12,
              vars: { n: 1 },
              pre_context: ['a'],
              context_line: 'b',
            },
          ],
        },
      },
    ],
  },
  threads: { values: [{ id: 1, name: 'main', crashed: true, stacktrace: { frames: [{ function: 'f' }] } }] },
  breadcrumbs: { values: [{ timestamp: 1_700_000_000, category: 'ui.click', message: 'a', data: { b: 1 } }] },
  request: {
    url: 'https://shop.example/cart?a=b#c',
    method: 'POST',
    headers: {
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
      Cookie: 'a=b',
    },
    data: '{"a":1}',
    query_string: 'a=b',
    env: { REMOTE_ADDR: '203.0.113.7' },
  },
  contexts: {
    trace: { trace_id: '4c79f60c11214eb38604f4ae0781bfb2', span_id: 'fa90fdead5f74053' },
    device: { family: 'iPhone', memory_size: 1 },
    flags: { values: [{ flag: 'a', result: true }] },
  },
  debug_meta: {
    images: [{ type: 'sourcemap', code_file: 'app.js', debug_id: '395835f4-03e0-4436-80d3-136f0749a893' }],
  },
};

/** An event of which one to four places below `TOUCHED` hold something that nobody expects there. */
export function mutatedEvent(random: Random): { readonly event: Loose; readonly untouched: Untouched } {
  const untouched = untouchedOf(random);
  const event = structuredClone(TOUCHED) as Loose;
  for (let i = 1 + random.below(4); i > 0; i--) changeSomewhere(event, random);
  return {
    event: {
      ...event,
      extra: untouched.extra,
      user: untouched.user,
      release: untouched.release,
      tags: Object.fromEntries(untouched.tags),
    },
    untouched,
  };
}

function untouchedOf(random: Random): Untouched {
  return {
    extra: {
      attempt: random.below(1_000),
      words: ['a', 'b', random.below(9)],
      nested: { deep: { n: random.next() } },
    },
    user: { id: `u-${random.below(1e6)}`, username: `person ${random.below(99)}`, ip_address: '203.0.113.9' },
    release: `shop@${random.below(9)}.${random.below(99)}.0`,
    tags: [
      ['kind', `k${random.below(9)}`],
      ['region', 'eu'],
    ],
  };
}

/** Walks down by chance and puts in another value, takes a field away or adds one. */
function changeSomewhere(root: Loose, random: Random): void {
  let at: Loose | unknown[] = root;
  for (;;) {
    const keys: (string | number)[] = Array.isArray(at) ? at.map((_, i) => i) : Object.keys(at);
    if (keys.length === 0) return;
    const key = random.of(keys);
    const inner = (at as Record<string | number, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && random.chance(0.7)) {
      at = inner as Loose;
      continue;
    }
    if (random.chance(0.1) && !Array.isArray(at)) delete at[key];
    else (at as Record<string | number, unknown>)[key] = oddValue(random);
    if (random.chance(0.1) && !Array.isArray(at) && at !== root)
      at[`new_${random.below(99)}`] = oddValue(random);
    return;
  }
}

function oddValue(random: Random): unknown {
  return random.of<() => unknown>([
    () => null,
    () => true,
    () => -1,
    () => 1e308,
    () => 2 ** 53 + 2,
    () => 0.1,
    () => '',
    () => ' ',
    () => 'x'.repeat(random.below(10_000)),
    () => '\u0000',
    () => '\ud800 lone',
    () => '{{auto}}',
    () => '1e999',
    () => 'nonsense',
    () => [],
    () => [null, [null, [null]]],
    () => ({}),
    () => ({ values: null }),
    () => ({ '': '' }),
    () => JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
    () => nested(random.below(200)),
    () => Array.from({ length: random.below(500) }, (_, i) => i),
    () => Object.fromEntries(Array.from({ length: random.below(100) }, (_, i) => [`k${i}`, i])),
    () => '2026-13-45T99:99:99Z',
    () => -62_135_596_800,
    () => '%s %(a)s {} {0}',
    () => 'https://[::1]:99999/%zz?%',
  ])();
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { n: value };
  return value;
}

import { gzipSync } from 'node:zlib';

/** One event as an SDK would send it. */
export interface RealisticEvent {
  /** The envelope, gzip, about 4 KB. */
  readonly body: Buffer;
  readonly eventId: string;
  /** Number of the bug it comes from, 0 … issues − 1: events of one bug have one stack. */
  readonly issue: number;
  readonly release: string;
  readonly userId: string;
  /** The event's JSON, about 14 KB. */
  readonly json: string;
}

export interface RealisticEventsOptions {
  /** Different bugs. Default 320. */
  readonly issues?: number;
  /** Unix milliseconds that the newest event carries. Default now. */
  readonly now?: number;
}

/** `count` different events; the same seed and `now` give the same ones. */
export function realisticEvents(
  count: number,
  seed: number,
  options: RealisticEventsOptions = {},
): RealisticEvent[] {
  const random = randomSource(seed);
  const bugs = Array.from({ length: options.issues ?? 320 }, (_, index) => makeBug(index, random));
  const now = options.now ?? Date.now();
  return Array.from({ length: count }, (_, index) => {
    // Every bug occurs, and some occur far more often than others.
    const issue = index < bugs.length ? index : Math.floor(random() ** 2.5 * bugs.length);
    const bug = bugs[issue];
    if (bug === undefined) throw new Error('there are no bugs');
    return makeEvent(bug, issue, now / 1000 - (count - index) * 0.01, random);
  });
}

type Random = () => number;

/** Mulberry32: small, fast, good enough for test data. Numbers from 0 to 1. */
function randomSource(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const VERBS = [
  'load',
  'save',
  'render',
  'fetch',
  'parse',
  'apply',
  'merge',
  'submit',
  'validate',
  'resolve',
  'update',
  'remove',
  'schedule',
  'open',
];
const NOUNS = [
  'Cart',
  'Order',
  'Invoice',
  'Session',
  'Profile',
  'Payment',
  'Catalog',
  'Shipment',
  'Coupon',
  'Address',
  'Basket',
  'Refund',
  'Ticket',
  'Filter',
];
const FOLDERS = [
  'checkout',
  'account',
  'catalog',
  'search',
  'admin',
  'shared/hooks',
  'shared/api',
  'billing',
  'support',
];
const TYPES = [
  'TypeError',
  'ReferenceError',
  'RangeError',
  'SyntaxError',
  'HttpError',
  'ValidationError',
  'TimeoutError',
  'StateError',
];
const LIBRARIES = [
  'react-dom/cjs/react-dom.production.min.js',
  'axios/lib/core/dispatchRequest.js',
  '@reduxjs/toolkit/dist/redux-toolkit.esm.js',
  'scheduler/cjs/scheduler.production.min.js',
  'rxjs/dist/esm5/internal/Subscriber.js',
];
const PROPERTIES = [
  'total',
  'items',
  'id',
  'currency',
  'lines',
  'owner',
  'status',
  'price',
  'expiresAt',
  'address',
];
const CITIES = ['Berlin', 'Lyon', 'Porto', 'Graz', 'Oslo', 'Turin', 'Malmö', 'Ghent', 'Kraków', 'Tartu'];
const NAMES = [
  'ada',
  'grace',
  'alan',
  'edsger',
  'barbara',
  'donald',
  'margaret',
  'dennis',
  'radia',
  'tim',
  'katherine',
  'linus',
];

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const upTo = (limit: number, random: Random): number => Math.floor(random() * limit);

function hex(digits: number, random: Random): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

interface Bug {
  readonly type: string;
  readonly message: (random: Random) => string;
  readonly transaction: string;
  readonly frames: readonly Record<string, unknown>[];
}

function makeBug(index: number, random: Random): Bug {
  const property = pick(PROPERTIES, random);
  const frames = Array.from({ length: 13 + upTo(7, random) }, () => makeFrame(random));
  return {
    type: pick(TYPES, random),
    message: (each) =>
      `Cannot read properties of undefined (reading '${property}') in ${hex(8, each)} after ${upTo(9_000, each)} ms`,
    transaction: `/${pick(FOLDERS, random)}/${pick(NOUNS, random).toLowerCase()}/:id/${index}`,
    frames,
  };
}

function makeFrame(random: Random): Record<string, unknown> {
  const isInApp = random() < 0.6;
  const name = `${pick(VERBS, random)}${pick(NOUNS, random)}`;
  const filename = isInApp
    ? `./src/${pick(FOLDERS, random)}/${name}.tsx`
    : `./node_modules/${pick(LIBRARIES, random)}`;
  const line = (): string =>
    `  const ${pick(VERBS, random)}${pick(NOUNS, random)} = await ${pick(VERBS, random)}(${pick(NOUNS, random).toLowerCase()}.${pick(PROPERTIES, random)}, ${upTo(100, random)});`;
  return {
    function: name,
    filename,
    abs_path: `webpack-internal:///${filename}`,
    module: filename.slice(2).replace(/\.\w+$/, ''),
    lineno: 1 + upTo(900, random),
    colno: 1 + upTo(120, random),
    in_app: isInApp,
    ...(isInApp
      ? { pre_context: [line(), line()], context_line: line(), post_context: [line(), line()] }
      : {}),
  };
}

function makeBreadcrumb(at: number, random: Random): Record<string, unknown> {
  const path = `/api/v2/${pick(NOUNS, random).toLowerCase()}s/${hex(12, random)}`;
  const kind = random();
  if (kind < 0.45) {
    return {
      timestamp: at,
      type: 'http',
      category: random() < 0.7 ? 'fetch' : 'xhr',
      data: {
        method: pick(['GET', 'POST', 'PUT'], random),
        url: `${path}?page=${upTo(40, random)}&trace=${hex(16, random)}`,
        status_code: pick([200, 200, 201, 204, 304, 404, 500], random),
        duration_ms: Math.round(random() * 90_000) / 100,
      },
    };
  }
  if (kind < 0.75) {
    return {
      timestamp: at,
      category: 'ui.click',
      message: `div.${pick(FOLDERS, random)} > button#${pick(VERBS, random)}-${hex(6, random)}`,
    };
  }
  return {
    timestamp: at,
    category: 'console',
    level: pick(['log', 'info', 'warning'], random),
    message: `${pick(VERBS, random)} ${pick(NOUNS, random)} ${hex(10, random)} took ${upTo(5_000, random)} ms`,
  };
}

function makeEvent(bug: Bug, issue: number, timestamp: number, random: Random): RealisticEvent {
  const eventId = hex(32, random);
  const userId = String(1 + upTo(40_000, random));
  const release = `shop@${2 + upTo(2, random)}.${upTo(12, random)}.${upTo(8, random)}`;
  const at = Math.round(timestamp * 1000) / 1000;
  const json = JSON.stringify({
    event_id: eventId,
    timestamp: at,
    platform: 'javascript',
    level: random() < 0.9 ? 'error' : 'warning',
    release,
    dist: String(100 + upTo(60, random)),
    environment: random() < 0.8 ? 'production' : 'staging',
    transaction: bug.transaction,
    sdk: {
      name: 'sentry.javascript.react',
      version: '11.12.0',
      packages: [{ name: 'npm:@sentry/react', version: '11.12.0' }],
    },
    exception: {
      values: [
        {
          type: bug.type,
          value: bug.message(random),
          mechanism: { type: 'auto.browser.global_handlers.onerror', handled: random() < 0.3 },
          stacktrace: { frames: [...bug.frames, withVars(bug.frames.at(-1) ?? {}, random)] },
        },
      ],
    },
    breadcrumbs: Array.from({ length: 26 }, (_, index) =>
      makeBreadcrumb(Math.round((at - (26 - index) * random() * 3) * 1000) / 1000, random),
    ),
    user: makeUser(userId, random),
    tags: {
      tenant: `t-${upTo(400, random)}`,
      plan: pick(['free', 'team', 'pro'], random),
      locale: pick(['de', 'fr', 'en', 'pt'], random),
      experiment: hex(4, random),
    },
    request: makeRequest(bug, random),
    contexts: makeContexts(random),
    extra: makeExtra(random),
  });
  const envelope = [
    JSON.stringify({
      event_id: eventId,
      sent_at: new Date(at * 1000).toISOString(),
      sdk: { name: 'sentry.javascript.react', version: '11.12.0' },
    }),
    JSON.stringify({ type: 'event' }),
    json,
  ].join('\n');
  return { body: gzipSync(envelope), eventId, issue, release, userId, json };
}

/** The innermost frame again, as it was called: its variables differ each time. */
function withVars(frame: Record<string, unknown>, random: Random): Record<string, unknown> {
  return {
    function: frame.function,
    filename: frame.filename,
    lineno: frame.lineno,
    in_app: frame.in_app,
    vars: {
      cache_key: hex(48, random),
      cursor: hex(64, random),
      attempt: upTo(12, random),
      elapsed: Math.round(random() * 1e6) / 1000,
      ids: Array.from({ length: 9 }, () => hex(24, random)),
    },
  };
}

function makeUser(id: string, random: Random): Record<string, unknown> {
  const username = `${pick(NAMES, random)}${id}`;
  return {
    id,
    username,
    email: `${username}@customers.example`,
    ip_address: `203.0.${upTo(256, random)}.${upTo(256, random)}`,
    geo: { city: pick(CITIES, random) },
  };
}

function makeRequest(bug: Bug, random: Random): Record<string, unknown> {
  const version = 120 + upTo(25, random);
  return {
    url: `https://shop.example${bug.transaction.replace(':id', hex(12, random))}`,
    query_string: `ref=${hex(10, random)}&page=${upTo(30, random)}`,
    headers: {
      'User-Agent': `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
      Referer: `https://shop.example/${pick(FOLDERS, random)}?s=${hex(8, random)}`,
      'X-Request-Id': hex(32, random),
    },
  };
}

function makeContexts(random: Random): Record<string, unknown> {
  return {
    trace: { trace_id: hex(32, random), span_id: hex(16, random), op: 'pageload', status: 'internal_error' },
    culture: { locale: 'en-GB', timezone: `Europe/${pick(CITIES, random)}` },
    device: {
      memory_size: 1024 * upTo(32_000, random),
      screen_width_pixels: 1000 + upTo(2_000, random),
      screen_density: pick([1, 1.5, 2], random),
    },
    react: { version: '19.1.0' },
    state: {
      cart: Array.from({ length: 6 }, () => ({
        sku: hex(10, random),
        quantity: 1 + upTo(9, random),
        price: upTo(90_000, random) / 100,
      })),
    },
  };
}

function makeExtra(random: Random): Record<string, unknown> {
  return {
    session_key: hex(64, random),
    feature_flags: Array.from(
      { length: 12 },
      () => `${pick(VERBS, random)}-${pick(NOUNS, random)}-${random() < 0.5}`,
    ),
    recent_actions: Array.from({ length: 10 }, () => ({
      type: `${pick(FOLDERS, random)}/${pick(VERBS, random)}`,
      id: hex(16, random),
      at: upTo(1e9, random),
    })),
    memory: { used: upTo(4e8, random), limit: 4294705152, heap: upTo(2e8, random) },
  };
}

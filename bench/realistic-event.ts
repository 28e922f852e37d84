/** A browser or server event of about 14 KB of JSON, none of whose parts repeats another's text. `seed` makes it one of many. */
export function realisticEvent(seed: number): Record<string, unknown> {
  const next = generator(seed);
  const word = () => WORDS[Math.floor(next() * WORDS.length)] ?? 'word';
  const name = () => `${word()}${word().replace(/^./, (first) => first.toUpperCase())}`;
  const line = () =>
    `    const ${name()} = await this.${name()}.${name()}(${name()}, ${Math.floor(next() * 1e6)});`;
  const frame = (i: number) => ({
    function: name(),
    filename: `app:///src/${word()}/${name()}.ts`,
    abs_path: `https://cdn.example.com/assets/${name()}-${Math.floor(next() * 1e9).toString(16)}.js`,
    lineno: Math.floor(next() * 2000),
    colno: Math.floor(next() * 120),
    in_app: i % 3 !== 0,
    pre_context: [line(), line()],
    context_line: line(),
    post_context: [line(), line()],
    ...(i % 4 === 0
      ? { vars: { [word()]: name(), [word()]: Math.floor(next() * 1000), args: [word(), word()] } }
      : {}),
  });
  const breadcrumb = (i: number) => ({
    timestamp: 1_795_000_000 + i + next(),
    type: i % 2 === 0 ? 'http' : 'default',
    category: i % 2 === 0 ? 'fetch' : 'ui.click',
    level: 'info',
    message: `${word()} > ${word()}#${name()}`,
    data: {
      url: `https://api.example.com/${word()}/${Math.floor(next() * 1e6)}`,
      method: 'GET',
      status_code: 200,
    },
  });
  return {
    event_id: Array.from({ length: 32 }, () => Math.floor(next() * 16).toString(16)).join(''),
    timestamp: 1_795_000_000 + next() * 100,
    platform: 'javascript',
    level: 'error',
    environment: 'production',
    release: `shop@${Math.floor(next() * 20)}.4.1+${Math.floor(next() * 1e9).toString(16)}`,
    transaction: `/${word()}/:id`,
    sdk: {
      name: 'sentry.javascript.browser',
      version: '11.12.0',
      integrations: [
        'InboundFilters',
        'FunctionToString',
        'BrowserApiErrors',
        'Breadcrumbs',
        'GlobalHandlers',
      ],
      packages: [{ name: 'npm:@sentry/browser', version: '11.12.0' }],
      settings: { infer_ip: 'auto' },
    },
    exception: {
      values: [
        {
          type: 'TypeError',
          value: `Cannot read properties of undefined (reading '${name()}')`,
          stacktrace: { frames: Array.from({ length: 13 }, (_, i) => frame(i)) },
          mechanism: { type: 'auto.browser.global_handlers.onerror', handled: false },
        },
      ],
    },
    breadcrumbs: Array.from({ length: 18 }, (_, i) => breadcrumb(i)),
    user: {
      id: String(Math.floor(next() * 1e6)),
      email: `${name()}@example.com`,
      username: name(),
      plan: word(),
    },
    tags: { locale: 'de-CH', plan: word(), shard: String(Math.floor(next() * 64)), feature: name() },
    request: {
      url: `https://shop.example.com/${word()}/${word()}?page=${Math.floor(next() * 9)}&q=${word()}#top`,
      headers: {
        'User-Agent': USER_AGENTS[Math.floor(next() * USER_AGENTS.length)],
        Referer: 'https://shop.example.com/',
        cookie: `session=${name()}; theme=dark`,
      },
    },
    contexts: {
      trace: {
        trace_id: Array.from({ length: 32 }, () => Math.floor(next() * 16).toString(16)).join(''),
        span_id: '00f067aa0ba902b7',
      },
      app: { app_start_time: '2026-11-21T10:00:00Z', app_memory: 18_223_104 },
      culture: { locale: 'de-CH', timezone: 'Europe/Zurich' },
    },
    extra: {
      cart: { items: [1, 2, 3].map(() => ({ sku: name(), quantity: 1 + Math.floor(next() * 4) })) },
      note: line(),
    },
  };
}

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
];
const WORDS =
  `cart order price user basket invoice session router store widget panel shipping payment account search filter query
  render commit update remove select create resolve handler request response buffer stream cache token locale currency`.split(
    /\s+/,
  );

/** mulberry32: numbers in [0, 1) that depend on the seed alone. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

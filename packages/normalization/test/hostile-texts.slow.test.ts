import { describe, expect, it } from 'vitest';
import { securityReportToEvent } from '../src/index.ts';
import { normalized } from './normalized.ts';

const MEGA = 1 << 20;
/** Ten times what it may take: the test must not fail where the machine is busy. Milliseconds of CPU. */
const BOUND_MS = 500;

/** What patterns stumble over: repeated openings without an end, separators, white space, look-alikes of numbers, addresses and programs. */
const PIECES = [
  ...[
    'a',
    ' ',
    '\t',
    '\n',
    '%',
    '{',
    '{}',
    '(',
    '"',
    ':',
    '://',
    '=',
    '&',
    ';',
    '-',
    '.',
    '/',
    '@',
    '?#',
    '1',
    '0x',
    'é',
    '😀',
  ],
  ...[
    '%(a',
    '%5',
    'a:',
    'a=b&',
    'a b ',
    '[{"a":',
    '1.1.',
    'Android ',
    'Mozilla/5.0 (',
    'bot/1 ',
    '"a";v="1",',
    'Linux 1.1 a ',
  ],
];
const TEXTS = PIECES.map((piece) => piece.repeat(MEGA / piece.length));

/** Events with the text in one place each. */
const PLACES: { readonly [place: string]: (text: string) => unknown } = {
  ...Object.fromEntries(
    [
      ...[
        'event_id',
        'level',
        'version',
        'type',
        'culprit',
        'transaction',
        'message',
        'logger',
        'platform',
        'timestamp',
        'server_name',
      ],
      ...['release', 'environment', 'site', 'checksum', 'sdk', 'user', 'request', 'bogus'],
    ].map((field) => [field, (text: string) => ({ [field]: text })]),
  ),
  dist: (text) => ({ release: '1', dist: text }),
  template: (text) => ({ logentry: { message: text, params: ['a', 'b'] } }),
  'named template': (text) => ({ logentry: { message: text, params: { a: 'b' } } }),
  'exception value': (text) => ({ exception: [{ value: text }] }),
  'exception type': (text) => ({ exception: [{ type: text, module: text }] }),
  mechanism: (text) => ({
    exception: [{ type: 'A', mechanism: { type: text, help_link: text, description: text } }],
  }),
  frame: (text) => ({
    stacktrace: { frames: [{ function: text, filename: text, lineno: text, image_addr: text }] },
  }),
  'url of a frame': (text) => ({ stacktrace: { frames: [{ abs_path: `https://${text}` }] } }),
  breadcrumb: (text) => ({ breadcrumbs: [{ timestamp: text, category: text, message: text, level: text }] }),
  'user address': (text) => ({ user: { ip_address: text, email: text, id: text } }),
  url: (text) => ({ request: { url: text, method: text } }),
  host: (text) => ({ request: { url: `https://ä${text}` } }),
  query: (text) => ({ request: { query_string: text } }),
  cookies: (text) => ({ request: { cookies: text } }),
  headers: (text) => ({
    request: {
      headers: [
        [text, text],
        ['Cookie', text],
        ['User-Agent', text],
      ],
    },
  }),
  'client hints': (text) => ({
    request: { headers: { 'sec-ch-ua': text, 'sec-ch-ua-platform': text, 'sec-ch-ua-model': text } },
  }),
  body: (text) => ({ request: { data: text } }),
  'form body': (text) => ({ request: { data: `a=${text}` } }),
  'json body': (text) => ({ request: { data: `[${text}` } }),
  context: (text) => ({
    contexts: { [text]: { name: text }, trace: { trace_id: text }, os: { raw_description: text } },
  }),
  runtime: (text) => ({ contexts: { runtime: { raw_description: text.slice(0, 500) } } }),
  tags: (text) => ({
    tags: [
      [text, text],
      ['a', text],
    ],
  }),
  extra: (text) => ({ extra: { [text]: text, a: text } }),
  fingerprint: (text) => ({ fingerprint: [text] }),
  'debug image': (text) => ({
    debug_meta: { images: [{ type: 'sourcemap', debug_id: text, code_file: text }] },
  }),
  'sdk name': (text) => ({ sdk: { name: text, version: text, client_ip: text } }),
  'security report': (text) => {
    const read = securityReportToEvent(
      {
        'csp-report': {
          'violated-directive': `img-src ${text}`,
          'blocked-uri': text,
          'document-uri': `https://a/${text}`,
          [text]: 1,
        },
      },
      { userAgent: text },
    );
    return read.ok ? read.event : {};
  },
};

describe('a text of 1 MB', () => {
  it.each(Object.entries(PLACES))('as %s is bounded in time, whatever it is made of', (_, eventWith) => {
    for (const text of TEXTS) {
      const start = process.threadCpuUsage();
      const result = normalized(eventWith(text), { userAgent: text, sdkClient: text, sentAt: text });
      const { user, system } = process.threadCpuUsage(start);
      expect(result.ok).toBe(true);
      expect({ piece: text.slice(0, 12), isSlow: (user + system) / 1000 > BOUND_MS }).toEqual({
        piece: text.slice(0, 12),
        isSlow: false,
      });
    }
  });
});

import type { EventBreadcrumb, EventDetail, EventFrame } from '@culprit/api';
import { deployReference } from './deploys.ts';
import { NOW } from './moments.ts';

const THROWN = NOW - 8_000;

function frame(part: Partial<EventFrame> & Pick<EventFrame, 'filename' | 'function'>): EventFrame {
  return {
    absPath: part.filename === null ? null : `https://harbor.example/assets/${part.filename}`,
    module: null,
    package: null,
    platform: null,
    rawFunction: null,
    lineNo: null,
    colNo: null,
    inApp: true,
    context: [],
    vars: null,
    ...part,
  };
}

const REACT = Array.from({ length: 17 }, (_, i) =>
  frame({
    filename:
      i < 14 ? 'node_modules/react-dom/cjs/react-dom.production.js' : 'node_modules/scheduler/index.js',
    function: i === 16 ? 'performWork' : `dispatch${i}`,
    lineNo: 4_000 + i * 31,
    colNo: 12,
    inApp: false,
  }),
).toReversed();

const VOUCHER = `export function applyVoucher(cart: Cart, voucher: Voucher): Totals {
  const goods = sum(cart.lines, (line) => line.price * line.quantity);
  const discount = voucher.kind === 'percent'
    ? (goods * voucher.value) / 100
    : voucher.value;
  const shipping = cart.shipping.quote.amount;
  return { // all in cents
    goods,
    discount,
    shipping: voucher.freeShipping ? 0 : shipping,
  };`
  .split('\n')
  .map((line, i): [number, string] => [83 + i, line]);

const FRAMES: EventFrame[] = [
  ...REACT,
  frame({ filename: 'src/checkout/VoucherField.tsx', function: 'onApply', lineNo: 57, colNo: 5 }),
  frame({
    filename: 'src/checkout/totals.ts',
    function: 'recalculate',
    lineNo: 41,
    colNo: 18,
    context: [
      [40, '  const voucher = cart.voucher;'],
      [41, '  return voucher === undefined ? plain(cart) : applyVoucher(cart, voucher);'],
      [42, '}'],
    ],
  }),
  frame({
    filename: 'src/checkout/voucher.ts',
    function: 'applyVoucher',
    lineNo: 88,
    colNo: 31,
    context: VOUCHER,
    vars: {
      'cart.shipping': { method: 'parcel', quote: '[undefined]' },
      voucher: { code: 'HARBOR10', kind: 'percent', value: 10, freeShipping: false },
      goods: 84.5,
    },
  }),
];

function crumb(
  beforeMs: number,
  part: Partial<EventBreadcrumb> & Pick<EventBreadcrumb, 'category'>,
): EventBreadcrumb {
  return {
    timestamp: new Date(THROWN - beforeMs).toISOString(),
    type: 'default',
    level: 'info',
    message: null,
    data: null,
    event_id: null,
    ...part,
  };
}

const request = (method: string, url: string, status: number) => ({
  type: 'http',
  category: 'fetch',
  data: { method, url, status_code: status },
});

const CRUMBS: EventBreadcrumb[] = [
  crumb(192_000, {
    type: 'navigation',
    category: 'navigation',
    data: { from: '/basket', to: '/checkout/address' },
  }),
  crumb(170_000, request('GET', '/api/cart/c_9f31', 200)),
  crumb(151_000, request('GET', '/api/shipping/methods?country=IT', 200)),
  crumb(150_000, { category: 'console', message: 'cart hydrated, 3 lines' }),
  crumb(132_000, { category: 'ui.click', message: 'input[name="postcode"]' }),
  crumb(118_000, { category: 'ui.click', message: 'label "Parcel, 2–3 days"' }),
  crumb(117_000, request('PATCH', '/api/cart/c_9f31', 200)),
  crumb(81_000, { category: 'ui.click', message: 'button "Use another address"' }),
  crumb(64_000, request('GET', '/api/addresses', 200)),
  crumb(41_200, { category: 'ui.click', message: 'button "Continue to payment"' }),
  crumb(40_900, {
    type: 'navigation',
    category: 'navigation',
    data: { from: '/checkout/address', to: '/checkout/payment' },
  }),
  crumb(2_300, { category: 'ui.click', message: 'button "Apply voucher"' }),
  crumb(2_200, request('POST', '/api/cart/c_9f31/voucher', 200)),
  crumb(900, request('GET', '/api/shipping/quote', 503)),
  crumb(100, { category: 'console', level: 'warning', message: 'shipping quote pending for parcel' }),
];

/** The newest event of the story's issue: Elena applies a voucher. */
export const EVENT: EventDetail = {
  id: 'c41f09b7a2d84e0cb1f5d2307a9e6611',
  eventID: 'c41f09b7a2d84e0cb1f5d2307a9e6611',
  'event.type': 'error',
  groupID: '101',
  projectID: '1',
  title: "TypeError: Cannot read properties of undefined (reading 'amount')",
  message: '',
  location: 'src/checkout/voucher.ts',
  culprit: 'applyVoucher · src/checkout/voucher.ts',
  user: {
    id: '48213',
    email: 'elena@marchetti-studio.it',
    username: 'elena.m',
    ip_address: null,
    name: 'Elena Marchetti',
    data: { account: 'Marchetti Studio, Business' },
  },
  tags: [
    { key: 'browser', value: 'Firefox 154' },
    { key: 'shipping.method', value: 'parcel' },
  ],
  platform: 'javascript',
  dateCreated: new Date(THROWN).toISOString(),
  dateReceived: new Date(THROWN + 140).toISOString(),
  crashFile: null,
  environment: 'production',
  type: 'error',
  level: 'error',
  size: 14_210,
  entries: [
    {
      type: 'exception',
      data: {
        values: [
          {
            type: 'QuotePending',
            value: 'No shipping quote for parcel yet',
            module: null,
            threadId: null,
            mechanism: null,
            stacktrace: {
              frames: [
                ...REACT,
                frame({
                  filename: 'src/shipping/quote.ts',
                  function: 'requireQuote',
                  lineNo: 61,
                  colNo: 13,
                  context: [
                    [60, '  if (quote === undefined) {'],
                    [61, '    throw new QuotePending("No shipping quote for " + method);'],
                    [62, '  }'],
                  ],
                }),
              ],
              framesOmitted: null,
              hasSystemFrames: true,
            },
            rawStacktrace: null,
          },
          {
            type: 'TypeError',
            value: "Cannot read properties of undefined (reading 'amount')",
            module: null,
            threadId: null,
            mechanism: { type: 'onerror', handled: false },
            stacktrace: { frames: FRAMES, framesOmitted: null, hasSystemFrames: true },
            rawStacktrace: null,
          },
        ],
        hasSystemFrames: true,
        excOmitted: null,
      },
    },
    { type: 'breadcrumbs', data: { values: CRUMBS } },
    {
      type: 'request',
      data: {
        url: 'https://harbor.example/checkout/payment',
        method: null,
        fragment: null,
        query: [['step', 'voucher']],
        cookies: [],
        headers: [
          ['Referer', 'https://harbor.example/checkout/address'],
          ['User-Agent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 16_1) Gecko/20100101 Firefox/154.0'],
        ],
        env: null,
        data: null,
        inferredContentType: null,
      },
    },
  ],
  context: { cartId: 'c_9f31', lines: 3 },
  contexts: {
    browser: { name: 'Firefox', version: '154.0', type: 'browser' },
    os: { name: 'macOS', version: '16.1' },
    culture: { locale: 'it-IT', timezone: 'Europe/Rome' },
    trace: { trace_id: '8f1d3c02a9e74bd1a4e5c7b8d9f00112', op: 'ui.action' },
  },
  packages: {},
  sdk: { name: 'sentry.javascript.react', version: '11.12.0' },
  errors: [
    { type: 'invalid_data', message: 'extra.order was too deep', data: { name: 'extra.order', limit: 6 } },
  ],
  metadata: { type: 'TypeError' },
  fingerprints: ['6c1f0be29d47a310'],
  dist: null,
  transaction: '/checkout/payment',
  logger: null,
  release: { version: 'web@5.31.0' },
  deploy: deployReference(412),
  handled: false,
  occurrence: null,
  userReport: null,
  nextEventID: null,
  previousEventID: 'b30e09b7a2d84e0cb1f5d2307a9e6610',
};

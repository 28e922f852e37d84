import type { Issue, IssueDetail, IssueStatus, Point, TagSummary } from '@culprit/api';
import { deployReference } from './deploys.ts';
import { ago, at, DAY, HOUR, noiseOf, pointsOf } from './moments.ts';
import { projectReference } from './projects.ts';

interface Plot {
  readonly id: number;
  readonly shortId: string;
  readonly type: string;
  readonly value: string;
  readonly culprit: string;
  readonly project: 'web' | 'api' | 'mobile';
  readonly deploy?: number;
  readonly firstSeen: string;
  readonly lastSeen: number;
  readonly events: number;
  readonly people: number;
  /** Events an hour in the last day. */
  readonly hourly: number;
  readonly status?: IssueStatus;
  readonly level?: string;
}

const PLOTS: readonly Plot[] = [
  {
    id: 101,
    shortId: 'WEB-207',
    type: 'TypeError',
    value: "Cannot read properties of undefined (reading 'amount')",
    culprit: 'applyVoucher · src/checkout/voucher.ts',
    project: 'web',
    deploy: 412,
    firstSeen: '2026-11-20T14:25:44Z',
    lastSeen: 8_000,
    events: 431,
    people: 187,
    hourly: 431,
  },
  {
    id: 102,
    shortId: 'WEB-208',
    type: 'ChunkLoadError',
    value: 'Loading chunk gift-wrap failed (timeout)',
    culprit: 'lazyWithRetry · src/app/lazy.ts',
    project: 'web',
    deploy: 412,
    firstSeen: '2026-11-20T14:33:50Z',
    lastSeen: 120_000,
    events: 58,
    people: 31,
    hourly: 58,
  },
  {
    id: 103,
    shortId: 'WEB-209',
    type: 'RangeError',
    value: 'Invalid time value',
    culprit: 'formatDeliverySlot · src/delivery/slots.ts',
    project: 'web',
    deploy: 412,
    firstSeen: '2026-11-20T14:28:10Z',
    lastSeen: 240_000,
    events: 19,
    people: 12,
    hourly: 19,
  },
  {
    id: 104,
    shortId: 'API-93',
    type: 'GatewayTimeout',
    value: 'Payment gateway did not answer in 8000 ms',
    culprit: 'chargeCard · src/payments/charge.ts',
    project: 'api',
    deploy: 371,
    firstSeen: '2026-10-12T19:00:00Z',
    lastSeen: 21_000,
    events: 1_204,
    people: 903,
    hourly: 40,
  },
  {
    id: 105,
    shortId: 'API-90',
    type: 'DeadlockDetected',
    value: 'deadlock detected while updating stock_levels',
    culprit: 'reserveStock · src/orders/stock.ts',
    project: 'api',
    deploy: 406,
    firstSeen: '2026-11-19T10:08:00Z',
    lastSeen: 60_000,
    events: 64,
    people: 58,
    hourly: 3,
  },
  {
    id: 106,
    shortId: 'MOB-61',
    type: 'IllegalStateException',
    value: 'Fragment OrderTracking not attached to a context',
    culprit: 'OrderTrackingFragment.onOrderUpdate',
    project: 'mobile',
    deploy: 385,
    firstSeen: '2026-10-28T10:00:00Z',
    lastSeen: 34_000,
    events: 311,
    people: 246,
    hourly: 9,
  },
  {
    id: 107,
    shortId: 'MOB-59',
    type: 'NetworkError',
    value: 'Network request failed',
    culprit: 'fetchCatalogue · src/api/catalogue.ts',
    project: 'mobile',
    firstSeen: '2026-08-14T07:00:00Z',
    lastSeen: 1_000,
    events: 1_234_567,
    people: 5_017,
    hourly: 330,
  },
  {
    id: 108,
    shortId: 'WEB-170',
    type: 'AbortError',
    value: 'The user aborted a request',
    culprit: 'searchSuggest · src/search/suggest.ts',
    project: 'web',
    firstSeen: '2026-06-18T07:00:00Z',
    lastSeen: 3_000,
    events: 2_310,
    people: 1_644,
    hourly: 90,
    level: 'warning',
  },
  {
    id: 109,
    shortId: 'WEB-177',
    type: 'خطأ',
    value: 'تعذّر تحميل صفحة الدفع (voucher 10%)',
    culprit: 'renderCheckout · src/checkout/page.tsx',
    project: 'web',
    deploy: 399,
    firstSeen: '2026-11-15T11:30:00Z',
    lastSeen: 180_000,
    events: 61,
    people: 44,
    hourly: 2,
  },
  {
    id: 110,
    shortId: 'WEB-181',
    type: 'Error',
    value: '<img src=x onerror=alert(1)>',
    culprit: '<anonymous>',
    project: 'web',
    deploy: 399,
    firstSeen: '2026-11-15T12:01:00Z',
    lastSeen: 2 * HOUR,
    events: 3,
    people: 1,
    hourly: 0,
  },
  {
    id: 111,
    shortId: 'API-71',
    type: 'ErrorWithAnExtremelyLongNameThatSomebodyGeneratedFromAJavaPackageStructureAndNeverShortened',
    value: 'and then a message which goes on for a while, longer than any row is wide',
    culprit:
      'com.harbor.checkout.internal.payment.adapters.gateway.v2.impl.DefaultPaymentGatewayAdapter.invoke',
    project: 'api',
    firstSeen: '2026-06-30T12:01:00Z',
    lastSeen: 5 * HOUR,
    events: 27,
    people: 0,
    hourly: 1,
  },
  {
    id: 112,
    shortId: 'WEB-150',
    type: 'SecurityError',
    value: 'The operation is insecure (third-party storage blocked)',
    culprit: 'readConsent · src/privacy/consent.ts',
    project: 'web',
    deploy: 399,
    firstSeen: '2026-11-15T12:01:00Z',
    lastSeen: 11 * 60_000,
    events: 33,
    people: 30,
    hourly: 1,
    status: 'resolved',
  },
];

function stats(plot: Plot, periodMs: number, interval: number): Point[] {
  const noise = noiseOf(plot.id * 977);
  const born = Date.parse(plot.firstSeen);
  const scale = interval / 3_600;
  return pointsOf(periodMs, interval, (start) =>
    start + interval * 1_000 < born ? 0 : plot.hourly * scale * (0.4 + 1.2 * noise()),
  );
}

function issueOf(plot: Plot): Issue {
  const project = projectReference(plot.project);
  const deploy = plot.deploy === undefined ? null : deployReference(plot.deploy);
  const version = deploy?.version ?? `${plot.project}@5.2.0`;
  return {
    id: String(plot.id),
    shortId: plot.shortId,
    title: `${plot.type}: ${plot.value}`,
    culprit: plot.culprit,
    level: plot.level ?? 'error',
    status: plot.status ?? 'unresolved',
    project,
    shareId: null,
    permalink: `http://culprit.harbor.example/organizations/harbor/issues/${plot.id}/`,
    logger: null,
    statusDetails: {},
    substatus: null,
    isPublic: false,
    platform: project.platform,
    priority: null,
    type: 'error',
    issueType: 'error',
    issueCategory: 'error',
    metadata: { type: plot.type, value: plot.value },
    numComments: 0,
    assignedTo: null,
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: [],
    isUnhandled: true,
    count: String(plot.events),
    userCount: plot.people,
    firstSeen: at(plot.firstSeen),
    lastSeen: ago(plot.lastSeen),
    stats: { '24h': stats(plot, DAY, 3_600), '14d': stats(plot, 14 * DAY, 86_400) },
    hasUnhandled: true,
    firstRelease: { version },
    lastRelease: { version },
    firstDeploy: deploy,
    lastDeploy: deploy,
  };
}

export const ISSUES: readonly Issue[] = PLOTS.map(issueOf);

/** `count` issues more, for lists that are longer than a screen. */
export function manyIssues(count: number): readonly Issue[] {
  const noise = noiseOf(7);
  return Array.from({ length: count }, (_, i) =>
    issueOf({
      id: 1_000 + i,
      shortId: `WEB-${1_000 + i}`,
      type: 'Error',
      value: `Number ${i} of many`,
      culprit: `many · src/many/${i}.ts`,
      project: 'web',
      firstSeen: ago(40 * DAY + i * HOUR),
      lastSeen: i * 60_000,
      events: Math.round(noise() * 900) + 1,
      people: Math.round(noise() * 300),
      hourly: noise() * 8,
    }),
  );
}

export function issueDetail(id: string): IssueDetail | undefined {
  const issue = ISSUES.find((one) => one.id === id);
  if (issue === undefined) return undefined;
  return {
    ...issue,
    tags: TAGS.map(({ key, name, totalValues }) => ({ key, name, totalValues })),
    activity:
      issue.status === 'resolved'
        ? [
            {
              id: '1',
              type: 'set_resolved',
              user: { id: '1', name: 'Mara Lindqvist', email: 'mara@harbor.example' },
              data: {},
              dateCreated: ago(HOUR),
            },
          ]
        : [],
    seenBy: [],
    participants: [],
    userReportCount: 0,
  };
}

function tag(key: string, uniqueValues: number, values: readonly (readonly [string, number])[]): TagSummary {
  return {
    key,
    name: key,
    uniqueValues,
    totalValues: 431,
    topValues: values.map(([value, count]) => ({
      name: value,
      value,
      count,
      firstSeen: at('2026-11-20T14:25:44Z'),
      lastSeen: ago(8_000),
    })),
  };
}

export const TAGS: readonly TagSummary[] = [
  tag('shipping.method', 1, [['parcel', 431]]),
  tag('voucher.kind', 1, [['percent', 431]]),
  tag('browser', 6, [
    ['Chrome 147', 250],
    ['Safari 27', 99],
    ['Firefox 154', 52],
    ['Edge 147', 20],
  ]),
  tag('os', 5, [
    ['Windows 11', 177],
    ['iOS 27', 95],
    ['macOS 16.1', 82],
    ['Android 17', 47],
  ]),
  tag('locale', 17, [
    ['en-GB', 155],
    ['it-IT', 90],
    ['nb-NO', 60],
    ['de-DE', 30],
  ]),
  tag('release', 1, [['web@5.31.0', 431]]),
];

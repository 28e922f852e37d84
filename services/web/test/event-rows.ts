import { type ClickHouse, RowBinaryWriter } from '@culprit/clickhouse';
import { NOON } from '@culprit/testkit';

/** A row of `events`; what is left out is empty. */
export interface EventFacts {
  readonly project: number;
  /** 32 hex digits. */
  readonly eventId: string;
  /** Unix milliseconds. Default noon of 20 November 2026. */
  readonly received?: number;
  /** 16 hex digits. */
  readonly hash: string;
  readonly environment?: string;
  readonly release?: string;
  readonly level?: string;
  readonly handled?: 0 | 1 | 2;
  readonly user?: {
    readonly id?: string;
    readonly email?: string;
    readonly username?: string;
    readonly ip?: string;
  };
  readonly deployId?: string;
  /** Default 1. */
  readonly keptWeight?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly title?: string;
  /** Merged over `{event_id, project, platform, …}`. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

const COLUMNS = [
  ...['project_id', 'received', 'timestamp', 'event_id', 'log_partition', 'log_offset', 'grouping_hash'],
  ...['environment', 'release', 'dist', 'platform', 'level', 'handled'],
  ...['user_id', 'user_email', 'user_username', 'user_ip', 'identities', 'user_hash', 'actor_hash'],
  ...['kept_weight', 'deploy_id', 'tags', 'title', 'culprit', 'transaction', 'sdk', 'payload'],
];

let nextOffset = 1;

/** Stores events as the processor does: one block. */
export async function storeEvents(clickhouse: ClickHouse, events: readonly EventFacts[]): Promise<void> {
  const first = nextOffset;
  const writer = new RowBinaryWriter();
  for (const event of events) writeEvent(writer, event, nextOffset++);
  const times = events.map((event) => event.received ?? NOON);
  await clickhouse.storeBlock({
    table: 'events',
    columns: COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    topic: 'test',
    partition: 0,
    first,
    last: nextOffset - 1,
    receivedFrom: Math.min(...times),
    receivedTo: Math.max(...times) + 1,
    oneRowPerOffset: true,
    takeOver: false,
  });
}

/** The payload that `storeEvents` stores for these facts. */
export function payloadOf(event: EventFacts): string {
  return JSON.stringify({
    event_id: event.eventId,
    project: event.project,
    key_id: '1',
    received: (event.received ?? NOON) / 1000,
    timestamp: (event.received ?? NOON) / 1000,
    type: 'error',
    level: event.level ?? 'error',
    version: '7',
    platform: 'javascript',
    ...event.payload,
  });
}

function writeEvent(writer: RowBinaryWriter, event: EventFacts, offset: number): void {
  const user = event.user ?? {};
  const identities = [
    ...(user.id ? [`id:${user.id}`] : []),
    ...(user.email ? [`email:${user.email.toLowerCase()}`] : []),
    ...(user.username ? [`username:${user.username}`] : []),
    ...(user.ip ? [`ip:${user.ip}`] : []),
  ];
  writer.uint32(event.project);
  writer.dateTime64(event.received ?? NOON);
  writer.dateTime64(event.received ?? NOON);
  writer.uuid(event.eventId);
  writer.uint16(0);
  writer.uint64(offset);
  writer.uint64Hex(event.hash);
  writer.string(event.environment ?? '');
  writer.string(event.release ?? '');
  writer.string('');
  writer.string('javascript');
  writer.string(event.level ?? 'error');
  writer.uint8(event.handled ?? 2);
  writer.string(user.id ?? '');
  writer.string(user.email ?? '');
  writer.string(user.username ?? '');
  writer.string(user.ip ?? '');
  writer.strings(identities);
  writer.uint64(identities.length);
  writer.uint64(1);
  writer.float32(event.keptWeight ?? 1);
  writer.uint64(BigInt(event.deployId ?? '0'));
  writer.stringMap(Object.entries(event.tags ?? {}));
  writer.string(event.title ?? 'TypeError: x is undefined');
  writer.string('totalOf');
  writer.string('/checkout');
  writer.string('sentry.javascript.browser');
  writer.string(payloadOf(event));
  writer.endRow();
}

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { HttpConnection } from './http-connection.ts';
import { realisticEvents } from './realistic-events.ts';

// A process of its own, so that its CPU is counted apart. Told by IPC what to send, answers with what came of it.

export interface SendOrder {
  readonly dsn: string;
  readonly seconds: number;
  /** Events a second; 0: as fast as they are accepted. */
  readonly rate: number;
  readonly connections: number;
  /** Part of the events, 0 … 1, whose release, tag and user nobody has sent before. Default 0. */
  readonly fresh?: number;
}

export interface SendReport {
  readonly acknowledged: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds until the 200. */
  readonly p50: number;
  readonly p99: number;
  /** Ids of some acknowledged events, spread over the run. */
  readonly sample: readonly string[];
}

const DIFFERENT_EVENTS = 2_500;

interface Prepared {
  readonly json: Buffer;
  /** The same as a raw deflate stream. */
  readonly deflated: Buffer;
}

let prepared: readonly Prepared[] = [];

function prepare(): void {
  prepared = realisticEvents(DIFFERENT_EVENTS, 7).map(({ json }) => ({
    json: Buffer.from(json),
    deflated: deflateRawSync(json),
  }));
}

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const STORED_BLOCK_BYTES = 5;
const GZIP_TRAILER_BYTES = 8;

/**
 * Each event has an id of its own in the envelope header; the payload behind it is compressed once. The two are one gzip member, as SDKs send it: the header as a
 * stored deflate block, then the payload's blocks. (Two members would be simpler, and valid, but there are servers that read only the first.)
 */
function bodyOf({ json, deflated }: Prepared, id: string): Buffer {
  const head = Buffer.from(`{"event_id":"${id}"}\n{"type":"event","length":${json.length}}\n`);
  const block = Buffer.alloc(STORED_BLOCK_BYTES);
  block.writeUInt16LE(head.length, 1);
  block.writeUInt16LE(~head.length & 0xffff, 3);
  const trailer = Buffer.alloc(GZIP_TRAILER_BYTES);
  trailer.writeUInt32LE(crc32(json, crc32(head)), 0);
  trailer.writeUInt32LE(head.length + json.length, 4);
  return Buffer.concat([GZIP_HEADER, block, head, deflated, trailer]);
}

/** The same event from a release, a tenant and a person that were never there before. */
function refresh({ json }: Prepared, n: number): Prepared {
  const text = json
    .toString()
    .replace(/"release":"[^"]*"/, `"release":"shop@9.${n}.0"`)
    .replace(/"tenant":"[^"]*"/, `"tenant":"fresh-${n}"`)
    .replace(/"user":\{"id":"[^"]*"/, `"user":{"id":"fresh-${n}"`);
  return { json: Buffer.from(text), deflated: deflateRawSync(text) };
}

async function send(order: SendOrder): Promise<SendReport> {
  const { protocol, host, username, pathname } = new URL(order.dsn);
  const url = new URL(
    `${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}&sentry_version=7`,
  );
  const fresh = order.fresh ?? 0;
  const times: number[] = [];
  const sample: string[] = [];
  let failed = 0;
  let sent = 0;
  const began = performance.now();
  const end = began + order.seconds * 1000;

  const loop = async (): Promise<void> => {
    const connection = new HttpConnection(url);
    for (;;) {
      const n = sent++;
      if (order.rate > 0) {
        const due = began + (n / order.rate) * 1000;
        const wait = due - performance.now();
        if (wait > 1) await delay(wait);
      }
      if (performance.now() >= end) break;
      const known = prepared[n % prepared.length];
      if (known === undefined) throw new Error('nothing to send');
      const event = Math.floor((n + 1) * fresh) > Math.floor(n * fresh) ? refresh(known, n) : known;
      const id = randomBytes(16).toString('hex');
      const start = performance.now();
      const status = await connection.post(bodyOf(event, id));
      if (status === 200) {
        times.push(performance.now() - start);
        if (times.length % 500 === 1) sample.push(id);
      } else failed += 1;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: order.connections }, loop));
  const sorted = Float64Array.from(times).sort();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
  return {
    acknowledged: times.length,
    failed,
    seconds: (performance.now() - began) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    sample,
  };
}

prepare();
process.on('message', (order: SendOrder) => {
  send(order).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });

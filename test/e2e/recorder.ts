import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** An envelope as an SDK put it on the wire. */
export interface SentEnvelope {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent, compressed or not. */
  readonly body: Buffer;
  readonly status: number;
}

export interface Recorder {
  /** A DSN that leads through the recorder. */
  readonly dsn: string;
  readonly sent: readonly SentEnvelope[];
  /** Sends an envelope again, byte for byte. Resolves to the status. */
  resend(envelope: SentEnvelope): Promise<number>;
  close(): Promise<void>;
}

/** Stands between an SDK and ingest, passes every byte on and remembers what the SDK sent. */
export async function startRecorder(dsn: string): Promise<Recorder> {
  const target = new URL(dsn);
  const sent: SentEnvelope[] = [];
  const passOn = (envelope: Omit<SentEnvelope, 'status'>): Promise<{ status: number; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { host: target.hostname, port: target.port, method: 'POST', ...envelope },
        async (answer) => {
          const chunks = await answer.toArray();
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) });
        },
      );
      outgoing.once('error', reject);
      outgoing.end(envelope.body);
    });
  const server = createServer(async (incoming, answer) => {
    const body = Buffer.concat(await incoming.toArray());
    const envelope = { path: incoming.url ?? '', headers: incoming.headers, body };
    const { status, body: text } = await passOn(envelope);
    sent.push({ ...envelope, status });
    answer.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(dsn);
  through.port = String((server.address() as AddressInfo).port);
  return {
    dsn: through.href,
    sent,
    resend: async (envelope) => (await passOn(envelope)).status,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Payload of the event item of an envelope; undefined when it has none. */
export function eventOf(body: Buffer, encoding: string | undefined): SentEvent | undefined {
  const lines = decode(body, encoding).toString('utf8').split('\n');
  const header = lines.findIndex((line) => line.startsWith('{"type":"event"'));
  return header === -1 ? undefined : (JSON.parse(lines[header + 1] ?? '') as SentEvent);
}

/** What an SDK sends, as far as these tests look at it. */
export type SentEvent = {
  readonly event_id: string;
  readonly [field: string]: unknown;
};

/** Value of the exception that an event is about: the last one of its chain. */
export function lastValueOf({ exception }: SentEvent): string {
  return (exception as { readonly values: readonly { readonly value: string }[] }).values.at(-1)?.value ?? '';
}

function decode(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  if (encoding === 'br') return brotliDecompressSync(body);
  return body;
}

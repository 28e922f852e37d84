import { request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

/** A request as it goes over the wire; user and password come from the URL. */
export function rawRequest(
  base: string,
  options: {
    readonly method?: string;
    readonly path?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
  },
): Promise<RawAnswer> {
  const url = new URL(options.path ?? '/', base);
  const given = new URL(base);
  for (const [name, value] of Object.entries(options.parameters ?? {})) url.searchParams.set(name, value);
  const auth = `${decodeURIComponent(given.username)}:${decodeURIComponent(given.password)}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: options.method ?? 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(auth).toString('base64')}`,
          'x-clickhouse-database': given.pathname.slice(1) || 'default',
          ...options.headers,
        },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text: body.toString('utf8'),
          });
        });
      },
    );
    sent.once('error', reject);
    sent.end(options.body);
  });
}

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type Dsn, formatDsn } from '@culprit/protocol';
import { CLIENT } from './report.ts';

const PATIENCE_MS = 5_000;

/** Sends an envelope as an SDK does, on a connection of its own. Resolves to the status. @throws when there is no answer in 5 s. */
export function postEnvelope(dsn: Dsn, envelope: Uint8Array): Promise<number> {
  const { origin } = new URL(formatDsn(dsn));
  const path = dsn.path === '' ? '' : `/${dsn.path}`;
  const url = `${origin}${path}/api/${dsn.projectId}/envelope/`;
  const request = dsn.protocol === 'https' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        'content-type': 'application/x-sentry-envelope',
        'content-length': envelope.length,
        'x-sentry-auth': `Sentry sentry_version=7, sentry_client=${CLIENT}/1, sentry_key=${dsn.publicKey}`,
      },
    });
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', reject);
    sending.end(envelope);
  });
}

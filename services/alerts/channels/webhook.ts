import { createHmac, randomUUID } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Delivery } from '../store/deliveries.ts';
import { DeliveryError } from './errors.ts';
import { isPublicAddress, publicLookup } from './private-addresses.ts';

const TIMEOUT_MS = 10_000;

/**
 * Posts the message as JSON, signed. Headers: `Idempotency-Key` (the same for every try), `Sentry-Hook-Resource`, `Sentry-Hook-Timestamp` (unix seconds) and
 * `Sentry-Hook-Signature` = hex HMAC-SHA256 of the body with the channel's secret, as receivers of Sentry's integration webhooks expect. Redirects are not followed.
 *
 * @throws DeliveryError for anything but a 2xx.
 */
export async function postWebhook(
  delivery: Delivery,
  options: { readonly allowPrivate: boolean; readonly now: number },
): Promise<void> {
  const url = new URL(delivery.target);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new DeliveryError('the address is private', { isFinal: true });
  }
  const body = JSON.stringify(delivery.body);
  const signature = createHmac('sha256', delivery.secret ?? '')
    .update(body)
    .digest('hex');
  const status = await post(
    url,
    body,
    {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Culprit',
      'idempotency-key': delivery.idempotency_key,
      'request-id': randomUUID(),
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': String(Math.floor(options.now / 1000)),
      'sentry-hook-signature': signature,
    },
    options.allowPrivate,
  );
  if (status < 200 || status > 299) throw new DeliveryError(`the receiver answered ${status}`);
}

function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  allowPrivate: boolean,
): Promise<number> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        headers,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      },
      (answer) => {
        answer.destroy(); // only the status matters
        resolve(answer.statusCode ?? 0);
      },
    );
    outgoing.once('error', (cause) => {
      if (cause instanceof DeliveryError) return reject(cause);
      const reason = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
      reject(new DeliveryError(`no answer from the receiver (${reason})`, { cause }));
    });
    outgoing.end(body);
  });
}

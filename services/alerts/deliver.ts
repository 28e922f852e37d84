import type { Mailer } from './channels/email.ts';
import { DeliveryError } from './channels/errors.ts';
import { postWebhook } from './channels/webhook.ts';
import type { AlertsContext } from './context.ts';
import { type Delivery, noteDelivered, noteFailed, openDelivery } from './store/deliveries.ts';

export interface DeliverOptions {
  readonly allowPrivate: boolean;
  /** Undefined: no SMTP is configured. */
  readonly mailer: Mailer | undefined;
}

/**
 * Makes one delivery. At least once: a crash between the receiver's 200 and our note repeats it, with the same idempotency key.
 *
 * @throws DeliveryError when it shall be tried again.
 */
export async function deliver(id: string, options: DeliverOptions, context: AlertsContext): Promise<void> {
  const delivery = await openDelivery(context.database, id);
  if (delivery === undefined) return;
  try {
    await send(delivery, options, context.clock.now());
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    context.metrics.deliveries.inc({ channel: delivery.kind, result: error.isFinal ? 'refused' : 'failed' });
    context.logger.warn({ deliveryId: id, channel: delivery.kind, reason: error.message }, 'delivery failed');
    await noteFailed(context.database, id, error.message);
    if (error.isFinal) return;
    throw error;
  }
  await noteDelivered(context.database, id, new Date(context.clock.now()));
  context.metrics.deliveries.inc({ channel: delivery.kind, result: 'delivered' });
}

async function send(delivery: Delivery, options: DeliverOptions, now: number): Promise<void> {
  if (delivery.kind === 'webhook') return postWebhook(delivery, { allowPrivate: options.allowPrivate, now });
  if (options.mailer === undefined)
    throw new DeliveryError('set CULPRIT_SMTP_URL to send mail', { isFinal: true });
  return options.mailer.send(delivery);
}

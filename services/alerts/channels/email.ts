import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { MessageBody } from '../message.ts';
import type { Delivery } from '../store/deliveries.ts';
import { DeliveryError } from './errors.ts';

export interface Mailer {
  /** @throws DeliveryError */
  send(delivery: Delivery): Promise<void>;
  close(): void;
}

/** Mail over SMTP; `url` as `smtps://user:password@host:465`. */
export function createMailer(smtp: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport(smtp.url);
  return {
    send: async (delivery) => {
      try {
        await transport.sendMail({
          from: smtp.from,
          to: delivery.target,
          subject: delivery.subject,
          text: mailTextOf(delivery.body),
          messageId: messageIdOf(delivery),
        });
      } catch (cause) {
        const code = (cause as { responseCode?: unknown }).responseCode;
        throw new DeliveryError(`the mail server refused (${code ?? 'no answer'})`, { cause });
      }
    },
    close: () => transport.close(),
  };
}

/** The same for every try, so that a mail that comes twice is shown once. */
function messageIdOf(delivery: Delivery): string {
  const hash = createHash('sha256').update(`${delivery.target}\n${delivery.idempotency_key}`).digest('hex');
  return `<${hash.slice(0, 32)}@culprit>`;
}

/** Plain text: the sentence, then each issue with its link. */
export function mailTextOf(body: MessageBody): string {
  const issues = body.issues.map(
    (issue) =>
      `${issue.shortId}  ${issue.title}\n${issue.culprit}\n${issue.events} events, ${issue.people} people\n${issue.url}`,
  );
  return [
    `${body.text.charAt(0).toUpperCase()}${body.text.slice(1)}.`,
    ...issues,
    `All issues: ${body.url}`,
  ].join('\n\n');
}

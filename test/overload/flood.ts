import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer to one event. */
export interface Answered {
  readonly status: number;
  readonly release: string;
  /** Milliseconds since the flood began, when it was sent. */
  readonly sentAt: number;
  /** Milliseconds until it was answered. */
  readonly took: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface FloodOptions {
  readonly url: URL;
  readonly perSecond: number;
  readonly seconds: number;
  /** What is sent at a time; `sentAt` as above. */
  readonly eventAt: (sentAt: number, nth: number) => { readonly type: string; readonly release: string };
}

/** Sends events at a steady rate, whatever is answered; resolves when all are answered. */
export async function flood({
  url,
  perSecond,
  seconds,
  eventAt,
}: FloodOptions): Promise<readonly Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const began = performance.now();
  const answers: Promise<Answered>[] = [];
  try {
    for (let nth = 0; nth < perSecond * seconds; nth++) {
      const due = (nth * 1_000) / perSecond;
      const early = due - (performance.now() - began);
      if (early > 1) await delay(early);
      const sentAt = performance.now() - began;
      answers.push(send(url, agent, eventAt(sentAt, nth), sentAt));
    }
    return await Promise.all(answers);
  } finally {
    agent.destroy();
  }
}

function send(
  url: URL,
  agent: Agent,
  { type, release }: { readonly type: string; readonly release: string },
  sentAt: number,
): Promise<Answered> {
  const event = {
    event_id: randomUUID().replaceAll('-', ''),
    release,
    environment: 'production',
    exception: {
      values: [
        {
          type,
          value: `${type} happened`,
          stacktrace: { frames: [{ module: 'shop.cart', function: `on${type}`, in_app: true, lineno: 7 }] },
        },
      ],
    },
  };
  const body = `${JSON.stringify({ event_id: event.event_id })}\n{"type":"event"}\n${JSON.stringify(event)}`;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent }, (response) => {
      response.resume().once('end', () => {
        const took = performance.now() - began;
        resolve({ status: response.statusCode ?? 0, release, sentAt, took, headers: response.headers });
      });
    });
    sent.once('error', reject).end(body);
  });
}

/** The value that a part of them stays below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

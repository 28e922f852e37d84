import { createDatabase } from '@culprit/postgres';
import { windowAt } from '@culprit/quotas';
import { createRegistry, silentLogger, systemClock } from '@culprit/runtime';
import { LeaseBook } from '../limits/lease-book.ts';
import { postgresLeases } from '../limits/postgres-leases.ts';
import { createIngestMetrics } from '../metrics.ts';

/** A process that is flooded and spends an allowance. Told by `{url, allowance, everyMs, burst}`; tells `{accepted}` per window when asked `stop`. */

interface Orders {
  readonly url: string;
  readonly allowance: { readonly id: string; readonly limit: number; readonly seconds: number };
  /** So many items at once, so often. */
  readonly burst: number;
  readonly everyMs: number;
}

process.once('message', (orders: Orders) => {
  const database = createDatabase({
    url: orders.url,
    max: 1,
    applicationName: 'quota-process',
    statementTimeoutMs: 2_000,
  });
  const book = new LeaseBook({
    source: postgresLeases(database),
    clock: systemClock,
    logger: silentLogger(),
    metrics: createIngestMetrics(createRegistry()),
  });
  const accepted: Record<number, number> = {};
  const timer = setInterval(() => {
    for (let i = 0; i < orders.burst; i++) {
      const now = systemClock.now();
      const share = book.shareOf(orders.allowance);
      if (!share.has(1, now)) continue;
      share.spend(1, now);
      const { start } = windowAt(orders.allowance.seconds, now);
      accepted[start] = (accepted[start] ?? 0) + 1;
    }
    book.refill();
  }, orders.everyMs);
  process.once('message', () => {
    clearInterval(timer);
    process.send?.({ accepted }, () => process.disconnect());
    void book.close().then(() => database.close());
  });
});

import { Counter, Gauge, type Registry } from '@culprit/runtime';

/** Metrics of the alerts service; every name has its help text here. */
export interface AlertsMetrics {
  readonly messages: Counter<'kind'>;
  readonly deliveries: Counter<'channel' | 'result'>;
  readonly oldestSeconds: Gauge;
  readonly failedLooks: Counter;
}

export function createAlertsMetrics(registry: Registry): AlertsMetrics {
  const registers = [registry];
  return {
    messages: new Counter({
      name: 'culprit_alerts_messages_total',
      help: 'Messages made from facts in the outbox',
      labelNames: ['kind'],
      registers,
    }),
    deliveries: new Counter({
      name: 'culprit_alerts_deliveries_total',
      help: 'Tries to deliver a message, by channel and result',
      labelNames: ['channel', 'result'],
      registers,
    }),
    failedLooks: new Counter({
      name: 'culprit_alerts_failed_looks_total',
      help: 'Looks at the outbox that failed and were tried again',
      registers,
    }),
    oldestSeconds: new Gauge({
      name: 'culprit_alerts_outbox_oldest_seconds',
      help: 'Age of the oldest fact that no message was made of',
      registers,
    }),
  };
}

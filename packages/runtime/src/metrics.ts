import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ReportResult, SelfReport } from './self-report/self-report.ts';
import { ownVersion } from './self-report/settings.ts';

export { AggregatorRegistry, Counter, Gauge, Histogram, Registry };

const NO_REPORTS: Readonly<Record<ReportResult, number>> = { sent: 0, failed: 0, limited: 0, own: 0 };

/** A registry of its own per process, with the runtime's own figures (memory, event loop, garbage collection) under `culprit_`. */
export function createRegistry(selfReport?: SelfReport): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'culprit_' });
  const build = new Gauge({
    name: 'culprit_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    aggregator: 'max',
    registers,
  });
  build.set({ version: ownVersion(), node: process.versions.node }, 1);
  new Counter({
    name: 'culprit_self_reports_total',
    help: "This process's own errors, by what became of the report: sent, failed, limited, or own (it arose from work for Culprit's own project).",
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(selfReport?.counts ?? NO_REPORTS)) {
        this.inc({ result }, count);
      }
    },
  });
  return registry;
}

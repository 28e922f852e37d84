import { Counter, Gauge, Histogram, type Registry } from '@culprit/runtime';
import type { Item } from './batch/items.ts';
import { outcomesOf } from './batch/outcomes.ts';
import type { Plan } from './batch/plan.ts';

/** Metrics of the processor; every name has its help text here. */
export interface ProcessorMetrics {
  readonly batches: Counter<'result'>;
  readonly batchSeconds: Histogram<'step'>;
  readonly batchRecords: Histogram;
  readonly batchBytes: Histogram;
  readonly stageSeconds: Counter<'stage'>;
  readonly blocks: Counter<'table' | 'how'>;
  readonly records: Counter;
  readonly outcomes: Counter<'outcome' | 'reason' | 'category'>;
  readonly deadLetters: Counter<'stage'>;
  readonly halvings: Counter<'step'>;
  readonly partitions: Gauge;
  readonly lag: Gauge<'partition'>;
  readonly oldestSeconds: Gauge<'partition'>;
  readonly openDeadLetters: Gauge;
  readonly replays: Counter<'result'>;
  /** Counts what a committed plan decided. */
  countPlan(plan: Plan, items: ReadonlyMap<number, Item>): void;
}

export function createProcessorMetrics(registry: Registry): ProcessorMetrics {
  const registers = [registry];
  const records = new Counter({
    name: 'culprit_processor_records_total',
    help: 'Records committed',
    registers,
  });
  const outcomes = new Counter({
    name: 'culprit_processor_outcomes_total',
    help: 'Items by what became of them',
    labelNames: ['outcome', 'reason', 'category'],
    registers,
  });
  const deadLetters = new Counter({
    name: 'culprit_processor_dead_letters_total',
    help: 'Records that became dead letters, by the stage that could not take them',
    labelNames: ['stage'],
    registers,
  });
  return {
    records,
    outcomes,
    deadLetters,
    batches: new Counter({
      name: 'culprit_processor_batches_total',
      help: 'Batches by how they ended',
      labelNames: ['result'],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'culprit_processor_batch_seconds',
      help: 'Wall time of preparing and of settling a batch, and of the steps of settling: plan, store (one per table), commit',
      labelNames: ['step'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    batchRecords: new Histogram({
      name: 'culprit_processor_batch_records',
      help: 'Records that were handed over at once',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
      registers,
    }),
    batchBytes: new Histogram({
      name: 'culprit_processor_batch_bytes',
      help: 'Bytes of the records that were handed over at once',
      buckets: [1e4, 1e5, 5e5, 1e6, 2e6, 4e6, 8e6, 16e6],
      registers,
    }),
    stageSeconds: new Counter({
      name: 'culprit_processor_stage_seconds_total',
      help: 'Time spent in each pure stage',
      labelNames: ['stage'],
      registers,
    }),
    blocks: new Counter({
      name: 'culprit_processor_blocks_total',
      help: 'Blocks stored in ClickHouse, by table and by how it was found out that they are there',
      labelNames: ['table', 'how'],
      registers,
    }),
    halvings: new Counter({
      name: 'culprit_processor_halvings_total',
      help: 'Batches that were halved to find the record that fails, by step',
      labelNames: ['step'],
      registers,
    }),
    partitions: new Gauge({
      name: 'culprit_processor_partitions',
      help: 'Partitions of the log that this process owns',
      registers,
    }),
    lag: new Gauge({
      name: 'culprit_processor_lag_records',
      help: 'Records of a partition that are not committed',
      labelNames: ['partition'],
      registers,
    }),
    oldestSeconds: new Gauge({
      name: 'culprit_processor_oldest_unprocessed_seconds',
      help: 'Age of the oldest record of a partition that is not committed; 0 when none waits',
      labelNames: ['partition'],
      registers,
    }),
    openDeadLetters: new Gauge({
      name: 'culprit_processor_open_dead_letters',
      help: 'Dead letters that were not replayed, in the whole installation; counted up to 100,000',
      registers,
    }),
    replays: new Counter({
      name: 'culprit_processor_replays_total',
      help: 'Dead letters that a person wanted replayed, by whether they could be appended to the log again',
      labelNames: ['result'],
      registers,
    }),
    countPlan: (plan, items) => {
      records.inc(plan.decisions.length);
      for (const row of outcomesOf(plan, items)) {
        // Client-discard reasons come from outside: they are no label.
        const reason = row.outcome === 'client_discard' ? 'client' : row.reason;
        outcomes.inc({ outcome: row.outcome, reason, category: row.category }, row.quantity);
      }
      for (const decision of plan.decisions) {
        if (decision.d === 'dead_letter') deadLetters.inc({ stage: decision.stage });
      }
    },
  };
}

import type { Worker } from 'node:cluster';
import { AggregatorRegistry, type Logger, type Registry } from '@culprit/runtime';

/** Metrics of one worker as prom-client's JSON. */
type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export interface MetricsAnswer {
  readonly kind: 'metrics';
  /** Absent for the last words of a worker. */
  readonly request?: number;
  readonly isReady: boolean;
  /** Why it is not. */
  readonly detail?: string;
  readonly metrics: Metrics;
}

const ANSWER_MS = 1_000;

/** In a worker: answers the parent's questions; the returned function sends the last figures and resolves when they are out. */
export function answerMetrics(
  registry: Registry,
  whyNotReady: () => string | undefined,
  logger: Pick<Logger, 'warn'>,
): () => Promise<void> {
  const send = async (request?: number): Promise<void> => {
    const detail = whyNotReady();
    const answer: MetricsAnswer = {
      kind: 'metrics',
      ...(request === undefined ? {} : { request }),
      isReady: detail === undefined,
      ...(detail === undefined ? {} : { detail }),
      metrics: await registry.getMetricsAsJSON(),
    };
    if (!process.connected) return;
    await new Promise<void>((resolve) => {
      process.send?.(answer, undefined, undefined, () => resolve());
    });
  };
  process.on('message', (message: { kind?: unknown; request?: number }) => {
    if (message?.kind !== 'metrics') return;
    // A figure that cannot be read must not end the worker: the parent leaves out who does not answer.
    send(message.request).catch((err) => logger.warn({ err }, 'metrics cannot be read'));
  });
  return () => send();
}

/** In the parent: sums the workers' figures, and keeps the counts of those that are gone, so that no counter falls when a worker is replaced. */
export class MetricsSum {
  /** What workers that are gone have counted; folded into one when somebody looks. */
  #retired: readonly Metrics[] = [];
  #nextRequest = 1;

  /** Counts a worker that says goodbye. */
  retire(metrics: Metrics): void {
    this.#retired = [...this.#retired, metrics.filter(isLasting)];
  }

  /** Asks every worker; one that does not answer within a second is left out. */
  async collect(workers: readonly Worker[]): Promise<{
    readonly readyWorkers: number;
    readonly detail: string | undefined;
    readonly registry: Registry;
  }> {
    const answers = (await Promise.all(workers.map((worker) => this.#ask(worker)))).filter(
      (answer) => answer !== undefined,
    );
    if (this.#retired.length > 1) {
      const folding = this.#retired;
      const folded = await AggregatorRegistry.aggregate([...folding]).getMetricsAsJSON();
      this.#retired = [folded, ...this.#retired.slice(folding.length)];
    }
    return {
      readyWorkers: answers.filter((answer) => answer.isReady).length,
      detail: answers.find((answer) => answer.detail !== undefined)?.detail,
      registry: AggregatorRegistry.aggregate([...this.#retired, ...answers.map((answer) => answer.metrics)]),
    };
  }

  #ask(worker: Worker): Promise<MetricsAnswer | undefined> {
    const request = this.#nextRequest++;
    return new Promise((resolve) => {
      const finish = (answer: MetricsAnswer | undefined): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('exit', onExit);
        resolve(answer);
      };
      const onMessage = (message: MetricsAnswer): void => {
        if (message?.kind === 'metrics' && message.request === request) finish(message);
      };
      const onExit = (): void => finish(undefined);
      const timer = setTimeout(() => finish(undefined), ANSWER_MS);
      worker.on('message', onMessage).on('exit', onExit);
      worker.send({ kind: 'metrics', request }, (err) => {
        if (err !== null) finish(undefined);
      });
    });
  }
}

function isLasting(metric: Metrics[number]): boolean {
  const type: unknown = metric.type;
  return type === 'counter' || type === 'histogram';
}

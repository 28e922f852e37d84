import type { Counter, Histogram, Registry } from '@culprit/runtime';
import { Counter as PromCounter, Histogram as PromHistogram } from '@culprit/runtime';

/** What an experiment saw for one input; given to `onMismatch`, never logged by itself. */
export interface Mismatch<Input, Output> {
  readonly input: Input;
  readonly control: Output;
  readonly candidate: Output | undefined;
  readonly error: unknown;
}

export interface ExperimentOptions<Input, Output> {
  /** Label of the metrics: a constant of the code. */
  readonly name: string;
  /** What the product does today; its result is the one used, its exceptions pass through. */
  readonly control: (input: Input) => Output;
  /** What would replace it; an exception counts as a mismatch and harms nobody. */
  readonly candidate: (input: Input) => Output;
  readonly isEqual: (control: Output, candidate: Output) => boolean;
  /** Share of inputs that run both, 0 … 1; asked each time, so that a flag can steer it. */
  readonly share: () => number;
  readonly metrics: ExperimentMetrics;
  /** Told of at most one mismatch a minute. */
  readonly onMismatch?: (mismatch: Mismatch<Input, Output>) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface ExperimentMetrics {
  readonly runs: Counter<'experiment' | 'result'>;
  readonly seconds: Histogram<'experiment' | 'side'>;
}

/** Declares the metrics of all experiments of a process. */
export function createExperimentMetrics(registry: Registry): ExperimentMetrics {
  return {
    runs: new PromCounter({
      name: 'culprit_experiment_runs_total',
      help: 'Inputs that ran through old and new code, by whether the results were equal',
      labelNames: ['experiment', 'result'],
      registers: [registry],
    }),
    seconds: new PromHistogram({
      name: 'culprit_experiment_seconds',
      help: 'Time of old and new code on the same inputs',
      labelNames: ['experiment', 'side'],
      buckets: [0.00001, 0.0001, 0.001, 0.01, 0.1, 1],
      registers: [registry],
    }),
  };
}

/**
 * Runs new code beside old on live input: same result, how long? The caller always gets the old code's result. Which side runs
 * first alternates at random, so that warm caches favour neither.
 */
export function experiment<Input, Output>(
  options: ExperimentOptions<Input, Output>,
): (input: Input) => Output {
  const { name, metrics, random = Math.random, now = Date.now } = options;
  let lastTold = Number.NEGATIVE_INFINITY;

  const timed = (side: 'control' | 'candidate', run: () => Output): Output => {
    const end = metrics.seconds.startTimer({ experiment: name, side });
    try {
      return run();
    } finally {
      end();
    }
  };
  const tryCandidate = (input: Input): { value: Output | undefined; error: unknown } => {
    try {
      return { value: timed('candidate', () => options.candidate(input)), error: undefined };
    } catch (error) {
      return { value: undefined, error: error ?? new Error('thrown value is no error') };
    }
  };

  return (input) => {
    if (random() >= options.share()) return options.control(input);
    const candidateFirst = random() < 0.5;
    const early = candidateFirst ? tryCandidate(input) : undefined;
    const control = timed('control', () => options.control(input));
    const { value: candidate, error } = early ?? tryCandidate(input);
    const equal = error === undefined && options.isEqual(control, candidate as Output);
    metrics.runs.inc({
      experiment: name,
      result: equal ? 'equal' : error === undefined ? 'different' : 'error',
    });
    if (!equal && now() - lastTold >= 60_000) {
      lastTold = now();
      options.onMismatch?.({ input, control, candidate, error });
    }
    return control;
  };
}

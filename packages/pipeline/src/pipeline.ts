/**
 * The stage kernel. A pipeline is a list of stages over a batch; each stage gives one result per input.
 *
 * `each(stage)` sees one event and is pure: what it throws rejects that event alone. `whole(stage)` sees the batch and makes one
 * round trip: a transient error retries it, any other halves the batch until the culprit is alone.
 */

/** Why an event leaves the pipeline. `drop` has an outcome; a dead letter waits for a person. Reasons hold no values of the event. */
export type Refusal =
  | {
      readonly kind: 'drop';
      readonly outcome: 'filtered' | 'invalid' | 'rate_limited';
      readonly reason: string;
    }
  | { readonly kind: 'dead_letter'; readonly stage: string; readonly reason: string };

export type StageResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export const ok = <T>(value: T): StageResult<T> => ({ ok: true, value });
export const drop = (
  outcome: 'filtered' | 'invalid' | 'rate_limited',
  reason: string,
): StageResult<never> => ({
  ok: false,
  refusal: { kind: 'drop', outcome, reason },
});

/** Tells what may be tried again; everything else is the fault of an event. */
export type TransientTest = (error: unknown) => boolean;

export interface StageTiming {
  /** Called once per stage and batch: milliseconds on the wall, inputs, refusals. */
  (stage: string, milliseconds: number, inputs: number, refused: number): void;
}

export interface RunOptions {
  readonly isTransient: TransientTest;
  readonly onTiming?: StageTiming;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait before try n (1, 2, …) of a transient failure; a negative number gives up and throws. */
  readonly backOff?: (attempt: number) => number;
  readonly delay?: (milliseconds: number) => Promise<void>;
}

interface Stage<Context> {
  readonly name: string;
  run(
    inputs: readonly unknown[],
    context: Context,
    options: RunOptions,
  ): Promise<readonly StageResult<unknown>[]>;
}

/** A stage ready to be piped: made by `each` or `whole`. */
export interface NamedStage<In, Out, Context> extends Stage<Context> {
  /** Only for the type checker: the stage takes `In` and gives `Out`. */
  readonly types?: (input: In) => Out;
}

export interface Pipeline<In, Out, Context> {
  pipe<Next>(stage: NamedStage<Out, Next, Context>): Pipeline<In, Next, Context>;
  /** One result per input, in order. @throws what stayed transient when `backOff` gave up, or the signal's reason. */
  run(inputs: readonly In[], context: Context, options: RunOptions): Promise<readonly StageResult<Out>[]>;
}

/** One event at a time, pure. An exception becomes a dead letter of that event. */
export function each<In, Out, Context>(
  stage: (input: In, context: Context) => StageResult<Out>,
  name = stage.name,
): NamedStage<In, Out, Context> {
  return {
    name,
    run: async (inputs, context) =>
      inputs.map((input) => {
        try {
          return stage(input as In, context);
        } catch (error) {
          return { ok: false, refusal: { kind: 'dead_letter', stage: name, reason: reasonOf(error) } };
        }
      }),
  };
}

/** The whole batch in one round trip. */
export function whole<In, Out, Context>(
  stage: (inputs: readonly In[], context: Context) => Promise<readonly StageResult<Out>[]>,
  name = stage.name,
): NamedStage<In, Out, Context> {
  const attempt = async (
    inputs: readonly In[],
    context: Context,
    options: RunOptions,
  ): Promise<readonly StageResult<Out>[]> => {
    if (inputs.length === 0) return [];
    try {
      return await retryTransient(() => stage(inputs, context), options);
    } catch (error) {
      if (options.isTransient(error) || options.signal?.aborted === true) throw error;
      if (inputs.length === 1) {
        return [{ ok: false, refusal: { kind: 'dead_letter', stage: name, reason: reasonOf(error) } }];
      }
      const middle = inputs.length >> 1;
      const left = await attempt(inputs.slice(0, middle), context, options);
      return [...left, ...(await attempt(inputs.slice(middle), context, options))];
    }
  };
  return { name, run: (inputs, context, options) => attempt(inputs as readonly In[], context, options) };
}

/** Starts a pipeline. */
export function pipeline<In, Context>(): Pipeline<In, In, Context> {
  return piped<In, In, Context>([]);
}

function piped<In, Out, Context>(stages: readonly Stage<Context>[]): Pipeline<In, Out, Context> {
  return {
    pipe: (stage) => piped([...stages, stage]),
    run: async (inputs, context, options) => {
      const results: StageResult<unknown>[] = inputs.map(ok);
      for (const stage of stages) await advance(results, stage, context, options);
      return results as StageResult<Out>[];
    },
  };
}

/** Runs one stage over what is still in, and puts each result in its input's place. */
async function advance<Context>(
  results: StageResult<unknown>[],
  stage: Stage<Context>,
  context: Context,
  options: RunOptions,
): Promise<void> {
  const places: number[] = [];
  const inputs: unknown[] = [];
  results.forEach((result, place) => {
    if (result.ok) {
      places.push(place);
      inputs.push(result.value);
    }
  });
  const started = performance.now();
  const outputs = await stage.run(inputs, context, options);
  if (outputs.length !== inputs.length) {
    throw new Error(`stage ${stage.name} gave ${outputs.length} results for ${inputs.length} inputs`);
  }
  let refused = 0;
  outputs.forEach((output, i) => {
    const place = places[i];
    if (place !== undefined) results[place] = output;
    if (!output.ok) refused += 1;
  });
  options.onTiming?.(stage.name, performance.now() - started, inputs.length, refused);
}

/** Tries again while the error is transient, as long as `backOff` allows. */
export async function retryTransient<T>(work: () => Promise<T>, options: RunOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const wait = options.backOff?.(attempt) ?? -1;
      if (!options.isTransient(error) || wait < 0) throw error;
      options.signal?.throwIfAborted();
      await (options.delay ?? defaultDelay)(wait);
      options.signal?.throwIfAborted();
    }
  }
}

const defaultDelay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Name and code of an error: never its message, which may quote the event. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value is no error';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : error.name;
}

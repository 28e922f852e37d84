export interface Throughput {
  /** Records a second. */
  readonly arrived: number;
  readonly processed: number;
  /** Over how long that was seen. */
  readonly seconds: number;
}

interface Sample {
  readonly at: number;
  readonly end: number;
  readonly position: number;
}

const WINDOW_MS = 60_000;
const LEAST_MS = 1_000;
const MOST_SAMPLES = 120;

/** How fast records come and go, from what was seen when somebody looked before. */
export class ThroughputGauge {
  #samples: readonly Sample[] = [];

  /** Takes the sums of all partitions now; undefined when nobody looked within the last minute. */
  note(now: number, end: number, position: number): Throughput | undefined {
    // A sum that falls is another log.
    this.#samples = this.#samples.filter(
      (sample) => now - sample.at <= WINDOW_MS && sample.end <= end && sample.position <= position,
    );
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (last === undefined || now - last.at >= LEAST_MS) {
      this.#samples = [...this.#samples, { at: now, end, position }].slice(-MOST_SAMPLES);
    }
    if (first === undefined || now - first.at < LEAST_MS) return undefined;
    const seconds = (now - first.at) / 1000;
    return {
      arrived: (end - first.end) / seconds,
      processed: (position - first.position) / seconds,
      seconds,
    };
  }
}

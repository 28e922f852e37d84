import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { SendOrder, SendReport } from './event-sender.ts';

/** The load generator: a process of its own, so that its CPU can be told from that of what it loads. */
export class SenderProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when its events are prepared. */
  static async start(): Promise<SenderProcess> {
    const child = fork(join(import.meta.dirname, 'event-sender.ts'));
    await new Promise((resolve) => child.once('message', resolve));
    return new SenderProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends events until the order's seconds are over and all answers are there. One order at a time. */
  order(what: SendOrder): Promise<SendReport> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the load generator has ended'));
      this.#child.once('exit', ended);
      this.#child.once('message', (report) => {
        this.#child.off('exit', ended);
        resolve(report as SendReport);
      });
      this.#child.send(what);
    });
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

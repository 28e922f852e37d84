import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 looks after its waiting requests with a timer that, when none waits, is due at once, so each connection wakes the process a thousand times a
 * second for ever (and Node warns of a negative timeout). Looking only when a request waits is all that is needed: an answer makes it look, too.
 */
export function quietRequestQueues(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
    readonly prototype: RequestQueue & { isQuiet?: true };
  };
  if (prototype.isQuiet === true) return;
  prototype.isQuiet = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhenOneWaits(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

import type { Frame, JsonObject, NormalizedEvent, Stacktrace } from '@culprit/protocol';

/** Frames of an event without exceptions: its own stack, else the crashed thread's, the current one's, or that of the only thread. */
export function stackOf(event: NormalizedEvent): readonly Frame[] {
  const own = event.stacktrace?.frames;
  if (own && own.length > 0) return own;
  const threads = event.threads?.values ?? [];
  const crashed = threads.filter((thread) => thread.crashed === true);
  const current = threads.filter((thread) => thread.current === true);
  const thread = [crashed, current, threads].find((choice) => choice.length === 1)?.[0];
  return framesOfThread(thread);
}

function framesOfThread(thread: JsonObject | undefined): readonly Frame[] {
  const stacktrace = thread?.stacktrace as Stacktrace | null | undefined;
  return stacktrace?.frames ?? [];
}

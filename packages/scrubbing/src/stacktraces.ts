import type { JsonObject } from '@culprit/protocol';
import { changed, isObject, mapped } from './changed.ts';
import type { Path } from './path.ts';
import type { Scrubber } from './scrubber.ts';

/** Values stay readable, since they name the issue; of frames only the variables take part: code is no data. */
export function scrubExceptions(exception: JsonObject, scrubber: Scrubber): JsonObject {
  return scrubValues(exception, 'exception', (value, here) => {
    let scrubbed = value;
    if (typeof value.value === 'string') {
      scrubbed = changed(scrubbed, 'value', scrubber.readable(value.value, here, 'value'));
    }
    if (isObject(value.mechanism)) {
      scrubbed = changed(scrubbed, 'mechanism', scrubMechanism(value.mechanism, scrubber, here));
    }
    return scrubStacks(scrubbed, scrubber, here);
  });
}

export function scrubThreads(threads: JsonObject, scrubber: Scrubber): JsonObject {
  return scrubValues(threads, 'threads', (value, here) => scrubStacks(value, scrubber, here));
}

export function scrubStacktrace(
  stacktrace: JsonObject,
  scrubber: Scrubber,
  path: Path,
  key: string,
): JsonObject {
  const { frames } = stacktrace;
  if (!Array.isArray(frames)) return stacktrace;
  const list: Path = { parent: { parent: path, key }, key: 'frames' };
  return changed(
    stacktrace,
    'frames',
    mapped(frames as readonly JsonObject[], (frame, i) =>
      isObject(frame) && isObject(frame.vars)
        ? changed(frame, 'vars', scrubber.within(frame.vars, { parent: list, key: i }, 'vars'))
        : frame,
    ),
  );
}

function scrubValues(
  field: JsonObject,
  key: string,
  scrub: (value: JsonObject, here: NonNullable<Path>) => JsonObject,
): JsonObject {
  const { values } = field;
  if (!Array.isArray(values)) return field;
  const list: Path = { parent: { parent: null, key }, key: 'values' };
  return changed(
    field,
    'values',
    mapped(values as readonly JsonObject[], (value, i) =>
      isObject(value) ? scrub(value, { parent: list, key: i }) : value,
    ),
  );
}

function scrubStacks(value: JsonObject, scrubber: Scrubber, here: NonNullable<Path>): JsonObject {
  let scrubbed = value;
  for (const key of ['stacktrace', 'raw_stacktrace'] as const) {
    const stacktrace = value[key];
    if (isObject(stacktrace))
      scrubbed = changed(scrubbed, key, scrubStacktrace(stacktrace, scrubber, here, key));
  }
  return scrubbed;
}

function scrubMechanism(mechanism: JsonObject, scrubber: Scrubber, value: NonNullable<Path>): JsonObject {
  const here: Path = { parent: value, key: 'mechanism' };
  const { description, data } = mechanism;
  const scrubbed =
    typeof description === 'string'
      ? changed(mechanism, 'description', scrubber.value(description, here, 'description'))
      : mechanism;
  return data === undefined ? scrubbed : changed(scrubbed, 'data', scrubber.within(data, here, 'data'));
}

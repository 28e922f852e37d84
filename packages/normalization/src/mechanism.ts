import type { JsonObject, Mechanism } from '@culprit/protocol';
import {
  anything,
  applyFields,
  bag,
  bool,
  type FieldRule,
  fieldTable,
  lenientInteger,
  lenientText,
  limited,
  text,
} from './field-rules.ts';
import { isObject } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

const helpLink: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'string' && /^https?:\/\//i.test(value)) {
    return limited(value, 256, 40, notes, path, key);
  }
  notes.invalid(path, key, 'expected a http or https URL', value);
  return undefined;
};

const MECHANISM_FIELDS = fieldTable({
  type: text(128),
  synthetic: bool,
  description: text(8192),
  help_link: helpLink,
  handled: bool,
  source: text(128),
  is_exception_group: bool,
  exception_id: lenientInteger,
  parent_id: lenientInteger,
  data: bag(2048, 5),
  meta: bag(2048, 5),
});

const LEGACY_META = fieldTable({
  posix_signal: bag(512, 3),
  mach_exception: bag(512, 3),
  relevant_address: anything(64, 2),
});

/** How the exception was caught; undefined for an empty object. */
export function normalizeMechanism(
  value: unknown,
  notes: Notes,
  path: Path,
  key: string,
): Mechanism | undefined {
  if (!isObject(value)) {
    notes.invalid(path, key, 'expected an object', value);
    return undefined;
  }
  const here: Path = { parent: path, key };
  if (
    typeof value.type !== 'string' &&
    (value.posix_signal || value.mach_exception || value.relevant_address)
  ) {
    return legacyMechanism(value, notes, here);
  }
  const mechanism = applyFields(value, MECHANISM_FIELDS, notes, here);
  if (Object.keys(mechanism).length === 0) return undefined;
  mechanism.type ??= 'generic';
  return mechanism as Mechanism;
}

/** The shape of SDKs before mechanisms had a type. */
function legacyMechanism(value: { readonly [key: string]: unknown }, notes: Notes, path: Path): Mechanism {
  const old = applyFields(value, LEGACY_META, notes, path);
  const meta = {
    ...(old.posix_signal === undefined ? {} : { signal: numbered(old.posix_signal as JsonObject) }),
    ...(old.mach_exception === undefined ? {} : { mach_exception: old.mach_exception }),
  };
  return {
    type: 'generic',
    ...(old.relevant_address === undefined
      ? {}
      : { data: { relevant_address: old.relevant_address } as never }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

/** The number of a signal stood under `signal`. */
function numbered(signal: JsonObject): JsonObject {
  const { signal: number, ...rest } = signal;
  return number === undefined ? rest : { number, ...rest };
}

/** An id of a thread: a number or text. */
export const threadId: FieldRule = (value, notes, path, key) =>
  typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : lenientText(256)(value, notes, path, key);

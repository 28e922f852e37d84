import type { Exception, JsonObject, Mechanism } from '@culprit/protocol';
import { errnoName, machExceptionName, signalCodeName, signalName, systemFamilyOf } from './error-names.ts';
import {
  applyFields,
  bag,
  bool,
  type FieldRule,
  fieldTable,
  lenientInteger,
  lenientText,
  limited,
  objectOrNote,
  record,
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

const SIGNAL_FIELDS = fieldTable({
  number: lenientInteger,
  code: lenientInteger,
  name: text(128),
  code_name: text(128),
});

const META_FIELDS = fieldTable({
  errno: record(fieldTable({ number: lenientInteger, name: text(128) })),
  signal: record(SIGNAL_FIELDS),
  mach_exception: record(
    fieldTable({
      exception: lenientInteger,
      code: lenientInteger,
      subcode: lenientInteger,
      name: text(128),
    }),
  ),
  ns_error: record(fieldTable({ code: lenientInteger, domain: text(256) })),
});

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
  meta: record(META_FIELDS),
});

const LEGACY_FIELDS = ['posix_signal', 'mach_exception', 'relevant_address'] as const;

/** How the exception was caught; undefined for an empty object. */
export function normalizeMechanism(
  value: unknown,
  notes: Notes,
  path: Path,
  key: string,
): Mechanism | undefined {
  const raw = objectOrNote(value, notes, path, key);
  if (raw === undefined || Object.keys(raw).length === 0) return undefined;
  const isLegacy = typeof raw.type !== 'string' && LEGACY_FIELDS.some((name) => raw[name]);
  const sent = isLegacy ? upgraded(raw) : raw;
  const mechanism = applyFields(sent, MECHANISM_FIELDS, notes, { parent: path, key });
  if (Object.keys(mechanism).length === 0) return undefined;
  mechanism.type ||= 'generic';
  return mechanism as Mechanism;
}

/** The shape of SDKs before mechanisms had a type: signals and Mach exceptions beside foreign data. */
function upgraded(legacy: JsonObject): JsonObject {
  const { posix_signal, mach_exception, type: _type, ...data } = legacy;
  return {
    type: 'generic',
    data: Object.keys(data).length === 0 ? null : data,
    meta: {
      ...(isObject(posix_signal) ? { signal: renamed(posix_signal, 'signal', 'number') } : {}),
      ...(isObject(mach_exception)
        ? { mach_exception: renamed(mach_exception, 'exception_name', 'name') }
        : {}),
    },
  };
}

function renamed(object: JsonObject, from: string, to: string): JsonObject {
  const { [from]: value, ...rest } = object;
  return value === undefined ? rest : { [to]: value, ...rest };
}

/** Fills in what the numbers of errors and signals mean on the system that the exceptions come from; names that were sent stay. */
export function nameCodes(exceptions: readonly Exception[], osName: unknown): void {
  const system = systemFamilyOf(osName);
  for (const { mechanism } of exceptions) {
    const { errno, signal, mach_exception: mach } = (mechanism?.meta ?? {}) as Meta;
    if (system !== undefined) {
      fill(errno, 'name', errno?.number, (number) => errnoName(system, number));
      fill(signal, 'name', signal?.number, (number) => signalName(system, number));
      fill(signal, 'code_name', signal?.number, (number) =>
        signal?.code === undefined ? undefined : signalCodeName(system, number, signal.code),
      );
    }
    fill(mach, 'name', mach?.exception, machExceptionName);
  }
}

interface Codes {
  number?: number;
  code?: number;
  exception?: number;
  name?: string;
  code_name?: string;
}
type Meta = { readonly [kind in 'errno' | 'signal' | 'mach_exception']?: Codes };

function fill(
  codes: Codes | undefined,
  field: 'name' | 'code_name',
  number: number | undefined,
  nameOf: (number: number) => string | undefined,
): void {
  if (codes === undefined || number === undefined || codes[field]) return;
  const name = nameOf(number);
  if (name !== undefined) codes[field] = name;
}

/** An id of a thread: a number or text. */
export const threadId: FieldRule = (value, notes, path, key) =>
  typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : lenientText(256)(value, notes, path, key);

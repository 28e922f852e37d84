import type { Json, JsonObject } from '@culprit/protocol';
import { type FormField, mergeJson, readFormFields } from './form-fields.ts';
import { breadcrumbsOf, eventOfPayload } from './native-files.ts';

/** What a native SDK sends instead of an event. */
export interface CrashParts {
  readonly kind: 'minidump' | 'applecrashreport';
  /** The dump, decompressed; absent where there is only a description. */
  readonly dump?: Uint8Array | undefined;
  /** `__sentry-event`: the event as the SDK had it, MessagePack or JSON. */
  readonly event?: Uint8Array | undefined;
  /** `__sentry-breadcrumb1` and `2`: two files that were written by turns. */
  readonly breadcrumbs: readonly Uint8Array[];
  readonly fields: readonly FormField[];
}

const TITLES = { minidump: 'Minidump', applecrashreport: 'AppleCrashReport' } as const;

/**
 * The event of a crash: what the sender said about it, and what every crash is where nothing was said. Nothing here reads stacks: the
 * dump is kept for whoever can.
 */
export function crashEventOf(parts: CrashParts): JsonObject {
  const said = readFormFields(parts.fields, parts.event === undefined ? {} : eventOfPayload(parts.event));
  const event = mergeJson({ platform: 'native', level: 'fatal', ...timeOf(parts.dump) }, said) as JsonObject;
  const breadcrumbs = breadcrumbsOf(parts.breadcrumbs);
  return {
    ...event,
    ...(hasExceptions(event.exception) ? {} : { exception: { values: [placeholder(parts.kind)] } }),
    ...(breadcrumbs.length === 0 ? {} : { breadcrumbs: { values: breadcrumbs } }),
  };
}

function placeholder(kind: CrashParts['kind']): JsonObject {
  const title = TITLES[kind];
  return {
    type: title,
    value: 'The program crashed; its dump is attached',
    mechanism: { type: kind, handled: false, synthetic: true },
  };
}

function hasExceptions(exception: Json | undefined): boolean {
  if (Array.isArray(exception)) return exception.length > 0;
  if (typeof exception !== 'object' || exception === null) return false;
  const values = (exception as JsonObject).values;
  return values === undefined
    ? Object.keys(exception).length > 0
    : Array.isArray(values) && values.length > 0;
}

const TIME_OFFSET = 20;
/** 2000-01-01: before that a clock was never set. */
const FIRST_SENSIBLE_TIME = 946_684_800;

/** A minidump's header holds the seconds when it was written. */
function timeOf(dump: Uint8Array | undefined): JsonObject {
  if (dump === undefined || dump.length < TIME_OFFSET + 4) return {};
  const isLittle = dump[0] === 0x4d;
  const view = new DataView(dump.buffer, dump.byteOffset, dump.byteLength);
  const seconds = view.getUint32(TIME_OFFSET, isLittle);
  return isMinidump(dump) && seconds >= FIRST_SENSIBLE_TIME ? { timestamp: seconds } : {};
}

/** `MDMP`, or `PMDM` from a machine of the other byte order. */
export function isMinidump(bytes: Uint8Array): boolean {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4, bytes.byteLength)).toString('latin1');
  return magic === 'MDMP' || magic === 'PMDM';
}

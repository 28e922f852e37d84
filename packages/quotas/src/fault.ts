import { hash } from 'node:crypto';

/** What makes events alike while most of them are shed. */
export interface Fault {
  /** Exception type and the newest frame of the application, or the message. */
  readonly fault: string;
  readonly release: string;
  readonly environment: string;
}

type Loose = Readonly<Record<string, unknown>>;

const MAX_PART = 200;

/** The fault that an event is about, from its payload as sent. Takes every form that SDKs write; what is not there is ''. */
export function faultOf(event: unknown): Fault {
  const fields = looseOf(event);
  const exception = lastOf(fields.exception ?? fields['sentry.interfaces.Exception']);
  return {
    fault: exception === undefined ? messageOf(fields) : `${typeOf(exception)} in ${placeOf(exception)}`,
    release: textOf(fields.release),
    environment: textOf(fields.environment),
  };
}

/** The key that one is counted under: short, because many are remembered. */
export function faultKeyOf({ fault, release, environment }: Fault): string {
  return hash('sha1', `${release}\n${environment}\n${fault}`, 'base64');
}

function typeOf(exception: Loose): string {
  const type = textOf(exception.type);
  if (type !== '') return type;
  const value = textOf(exception.value);
  const colon = value.indexOf(':');
  return colon === -1 ? value : value.slice(0, colon);
}

/** Frames come oldest call first, so the last one of the application is where it broke. */
function placeOf(exception: Loose): string {
  const { frames } = looseOf(exception.stacktrace);
  if (!Array.isArray(frames)) return '';
  const known = frames.map(looseOf);
  const frame =
    known.findLast((one) => one.in_app === true) ??
    known.findLast((one) => one.in_app !== false) ??
    known.at(-1) ??
    {};
  const file = textOf(frame.module) || textOf(frame.filename) || textOf(frame.abs_path);
  return `${file} ${textOf(frame.function)}`;
}

function messageOf(fields: Loose): string {
  const entry = fields.logentry ?? fields['sentry.interfaces.Message'] ?? fields.message;
  if (typeof entry === 'string') return textOf(entry);
  const { message, formatted } = looseOf(entry);
  return textOf(message) || textOf(formatted);
}

/** Exceptions come as `{values: []}`, as a list or alone; the one that was thrown is the last. */
function lastOf(exception: unknown): Loose | undefined {
  const values = looseOf(exception).values ?? exception;
  const last: unknown = Array.isArray(values) ? values.findLast((one) => isLoose(one)) : values;
  return isLoose(last) ? last : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MAX_PART);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function looseOf(value: unknown): Loose {
  return isLoose(value) ? value : {};
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

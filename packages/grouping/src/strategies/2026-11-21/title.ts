import type { Frame, NormalizedEvent } from '@culprit/protocol';
import type { TitleMetadata } from '../../grouping.ts';
import { stackOf } from './stacks.ts';

const MAX_CHARS = 256;

/** Type, value and place of what the issue is called after: the exception that was thrown. */
export function metadataOf(event: NormalizedEvent): TitleMetadata {
  const exception = event.exception?.values.at(-1);
  if (exception === undefined) return {};
  const frame = topFrame(exception.stacktrace?.frames ?? []);
  const type = exception.mechanism?.synthetic === true && frame?.function ? frame.function : exception.type;
  const lines = { type, value: exception.value, filename: frame?.filename, function: frame?.function };
  const metadata: { -readonly [K in keyof TitleMetadata]: string } = {};
  for (const key of ['type', 'value', 'filename', 'function'] as const) {
    const line = oneLine(lines[key] ?? '');
    if (line !== '') metadata[key] = line;
  }
  return metadata;
}

/** `Type: value`, else the message, else what little is known. */
export function titleOf(event: NormalizedEvent, metadata: TitleMetadata): string {
  const { type, value } = metadata;
  const named = type && value ? `${type}: ${value}` : (type ?? value);
  const choices = [
    named,
    event.logentry?.formatted,
    event.logentry?.message,
    event.transaction,
    event.culprit,
  ];
  for (const choice of choices) {
    const line = oneLine(choice ?? '');
    if (line !== '') return line;
  }
  return '<unlabeled event>';
}

/** The transaction, else module or file and function of the newest frame of the application. */
export function culpritOf(event: NormalizedEvent): string {
  if (event.transaction) return oneLine(event.transaction);
  if (event.culprit) return oneLine(event.culprit);
  const exception = event.exception?.values.at(-1);
  const frame = topFrame(exception?.stacktrace?.frames ?? stackOf(event));
  if (frame === undefined) return '';
  const place = frame.module || frame.filename || '';
  const called = frame.function && frame.function !== '?' ? frame.function : '';
  return oneLine(place && called ? `${place} in ${called}` : place || called);
}

/** The newest frame of the application, else the newest. */
function topFrame(frames: readonly Frame[]): Frame | undefined {
  return frames.findLast((frame) => frame.in_app === true) ?? frames.at(-1);
}

/** The first line that is not empty, at most 256 characters. */
function oneLine(text: string): string {
  const start = text.slice(0, 4096).trimStart();
  const end = start.search(/[\r\n]/);
  const line = (end < 0 ? start : start.slice(0, end)).trimEnd();
  if (line.length <= MAX_CHARS) return line;
  const last = line.charCodeAt(MAX_CHARS - 4);
  return `${line.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_CHARS - 4 : MAX_CHARS - 3)}...`;
}

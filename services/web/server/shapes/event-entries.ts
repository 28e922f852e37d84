import type {
  EventBreadcrumb,
  EventEntry,
  EventException,
  EventFrame,
  EventRequest,
  EventStacktrace,
} from '@culprit/api';
import type { NormalizedEvent } from '@culprit/protocol';
import { isRecord, numberOrNull, pairsOf, recordOrNull, textOrNull, valuesOf } from './loose.ts';

type Loose = Readonly<Record<string, unknown>>;

/** What people read of an event, in reading order; an entry without content is left out. */
export function showEntries(event: NormalizedEvent): EventEntry[] {
  const entries = [
    messageEntry(event),
    exceptionEntry(event),
    threadsEntry(event),
    stacktraceEntry(event),
    breadcrumbsEntry(event),
    requestEntry(event),
  ];
  return entries.filter((entry) => entry !== undefined);
}

function messageEntry({ logentry }: NormalizedEvent): EventEntry | undefined {
  const formatted = textOrNull(logentry?.formatted) ?? textOrNull(logentry?.message);
  if (formatted === null) return undefined;
  return {
    type: 'message',
    data: { formatted, message: textOrNull(logentry?.message), params: logentry?.params ?? null },
  };
}

function exceptionEntry(event: NormalizedEvent): EventEntry | undefined {
  const values = valuesOf(event.exception).map((exception) => showException(exception, event.platform));
  if (values.length === 0) return undefined;
  const hasSystemFrames = values.some((value) => value.stacktrace?.hasSystemFrames === true);
  return { type: 'exception', data: { values, hasSystemFrames, excOmitted: null } };
}

function showException(exception: Loose, platform: string): EventException {
  const thread = exception.thread_id;
  return {
    type: textOrNull(exception.type),
    value: textOrNull(exception.value),
    module: textOrNull(exception.module),
    threadId: typeof thread === 'string' || typeof thread === 'number' ? thread : null,
    mechanism: recordOrNull(exception.mechanism),
    stacktrace: showStacktrace(exception.stacktrace, platform),
    rawStacktrace: showStacktrace(exception.raw_stacktrace, platform),
  };
}

function showStacktrace(stacktrace: unknown, platform: string): EventStacktrace | null {
  const list = isRecord(stacktrace) ? stacktrace.frames : undefined;
  const frames = Array.isArray(list) ? list.filter(isRecord).map((frame) => showFrame(frame, platform)) : [];
  if (frames.length === 0) return null;
  const omitted = isRecord(stacktrace) ? stacktrace.frames_omitted : undefined;
  return {
    frames,
    framesOmitted: Array.isArray(omitted) ? omitted.filter((n) => typeof n === 'number') : null,
    hasSystemFrames: frames.some((frame) => !frame.inApp) && frames.some((frame) => frame.inApp),
  };
}

function showFrame(frame: Loose, platform: string): EventFrame {
  return {
    filename: textOrNull(frame.filename),
    absPath: textOrNull(frame.abs_path),
    module: textOrNull(frame.module),
    package: textOrNull(frame.package),
    platform: textOrNull(frame.platform) ?? platform,
    function: textOrNull(frame.function),
    rawFunction: textOrNull(frame.raw_function),
    lineNo: numberOrNull(frame.lineno),
    colNo: numberOrNull(frame.colno),
    inApp: frame.in_app === true,
    context: contextOf(frame),
    vars: recordOrNull(frame.vars),
  };
}

/** Source lines with their numbers; without a line number there is nothing to number them by. */
function contextOf(frame: Loose): [number, string][] {
  const line = numberOrNull(frame.lineno);
  const text = frame.context_line;
  if (line === null || typeof text !== 'string') return [];
  const before = linesOf(frame.pre_context);
  const after = linesOf(frame.post_context);
  const first = line - before.length;
  return [...before, text, ...after].map((content, i) => [first + i, content]);
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((line) => (typeof line === 'string' ? line : '')) : [];
}

function threadsEntry(event: NormalizedEvent): EventEntry | undefined {
  const values = valuesOf(event.threads).map((thread) => ({
    id: typeof thread.id === 'string' || typeof thread.id === 'number' ? thread.id : null,
    name: textOrNull(thread.name),
    crashed: thread.crashed === true,
    current: thread.current === true,
    stacktrace: showStacktrace(thread.stacktrace, event.platform),
  }));
  return values.length === 0 ? undefined : { type: 'threads', data: { values } };
}

function stacktraceEntry(event: NormalizedEvent): EventEntry | undefined {
  const data = showStacktrace(event.stacktrace, event.platform);
  return data === null ? undefined : { type: 'stacktrace', data };
}

function breadcrumbsEntry(event: NormalizedEvent): EventEntry | undefined {
  const values = valuesOf(event.breadcrumbs).map(showBreadcrumb);
  return values.length === 0 ? undefined : { type: 'breadcrumbs', data: { values } };
}

function showBreadcrumb(crumb: Loose): EventBreadcrumb {
  return {
    timestamp: dateOf(crumb.timestamp),
    type: textOrNull(crumb.type) ?? 'default',
    category: textOrNull(crumb.category),
    level: textOrNull(crumb.level) ?? 'info',
    message: textOrNull(crumb.message),
    data: recordOrNull(crumb.data),
    event_id: textOrNull(crumb.event_id),
  };
}

/** Unix seconds; what no calendar has is null. */
function dateOf(seconds: unknown): string | null {
  const number = numberOrNull(seconds);
  if (number === null || Math.abs(number) > 1e11) return null;
  return new Date(number * 1000).toISOString();
}

function requestEntry({ request }: NormalizedEvent): EventEntry | undefined {
  if (!isRecord(request) || Object.values(request).every((value) => value === null)) return undefined;
  const data: EventRequest = {
    url: textOrNull(request.url),
    method: textOrNull(request.method),
    fragment: textOrNull(request.fragment),
    query: pairsOf(request.query_string),
    cookies: pairsOf(request.cookies),
    headers: pairsOf(request.headers),
    env: recordOrNull(request.env),
    data: request.data ?? null,
    inferredContentType: textOrNull(request.inferred_content_type),
  };
  return { type: 'request', data };
}

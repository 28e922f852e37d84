import type { Frame, Stacktrace } from '@culprit/protocol';
import {
  address,
  anything,
  applyFields,
  bag,
  bool,
  type FieldRule,
  fieldTable,
  lenientCount,
  listOrNote,
  objectOrNote,
  objectsOf,
  oneOf,
  text,
} from './field-rules.ts';
import type { Draft } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

/** Frames of one trace beyond which those in the middle are dropped (Relay 24.9). */
export const MAX_FRAMES = 250;
/** Frames that keep their source lines and variables. */
const FRAMES_WITH_CONTEXT = 50;

const symbol = text(512);

/** `?` is what SDKs write for "not known". */
const functionName: FieldRule = (value, notes, path, key) =>
  value === '?' ? undefined : symbol(value, notes, path, key);

const lines: FieldRule = (value, notes, path, key) => {
  const list = listOrNote(value, notes, path, key);
  return list?.every((line) => typeof line === 'string')
    ? list
    : list?.map((line) => (typeof line === 'string' ? line : ''));
};

const anyText: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'string') return value;
  notes.invalid(path, key, 'expected a string', value);
  return undefined;
};

/** 2 KiB hold no more. */
const MAX_LISTED_VARS = 500;

const variables = bag(2048, 5);

const vars: FieldRule = (value, notes, path, key) => {
  const object = Array.isArray(value) ? Object.fromEntries(value.slice(0, MAX_LISTED_VARS).entries()) : value;
  return variables(object, notes, path, key);
};

const FRAME_FIELDS = fieldTable({
  function: functionName,
  raw_function: symbol,
  symbol: functionName,
  module: text(256, 20),
  package: text(256, 20),
  filename: text(256, 40),
  abs_path: text(256, 40),
  lineno: lenientCount,
  colno: lenientCount,
  platform: text(64),
  pre_context: lines,
  context_line: anyText,
  post_context: lines,
  source_link: text(256, 40),
  in_app: bool,
  vars,
  data: bag(2048, 5),
  image_addr: address,
  instruction_addr: address,
  symbol_addr: address,
  addr_mode: text(32),
  function_id: address,
  trust: text(128),
  lang: text(128),
  stack_start: bool,
  lock: bag(2048, 5),
  parent_index: lenientCount,
  sample_count: lenientCount,
});

const STACKTRACE_FIELDS = fieldTable({
  registers: bag(8192, 3),
  lang: text(128),
  snapshot: bool,
  instruction_addr_adjustment: oneOf('auto', 'all', 'all_but_first', 'none'),
  frames_omitted: anything(1024, 3),
});

/** A stack trace; undefined when it has no usable frame. */
export function normalizeStacktrace(
  value: unknown,
  notes: Notes,
  path: Path,
  key: string,
): Stacktrace | undefined {
  const raw = objectOrNote(value, notes, path, key);
  if (raw === undefined) return undefined;
  const here: Path = { parent: path, key };
  if (!Array.isArray(raw.frames) || raw.frames.length === 0) {
    notes.note(here, 'frames', 'missing_attribute');
    return undefined;
  }
  const frames = normalizeFrames(raw.frames, notes, here);
  if (frames.length === 0) return undefined;
  const trace = applyFields(raw, STACKTRACE_FIELDS, notes, here);
  trace.frames = frames;
  return trace as Stacktrace;
}

function normalizeFrames(raw: readonly unknown[], notes: Notes, path: Path): Frame[] {
  let kept = raw;
  if (raw.length > MAX_FRAMES) {
    const half = MAX_FRAMES / 2;
    kept = [...raw.slice(0, half), ...raw.slice(raw.length - half)];
    notes.shortened(path, 'frames', raw.length);
  }
  const framesPath: Path = { parent: path, key: 'frames' };
  const frames = objectsOf(kept, notes, framesPath, (item, at) => normalizeFrame(item, notes, at));
  if (frames.length > FRAMES_WITH_CONTEXT) slimFrames(frames);
  return frames;
}

function normalizeFrame(raw: { readonly [key: string]: unknown }, notes: Notes, path: Path): Draft<Frame> {
  const frame = applyFields(raw, FRAME_FIELDS, notes, path) as Draft<Frame>;
  if (!frame.abs_path && frame.filename) {
    frame.abs_path = frame.filename;
    delete frame.filename;
  }
  if (!frame.filename && frame.abs_path) frame.filename = pathOfUrl(frame.abs_path) ?? frame.abs_path;
  if (frame.context_line === undefined && (frame.pre_context || frame.post_context)) frame.context_line = '';
  return frame;
}

const URL_SCHEMES = ['http://', 'https://', 'file://', 'applewebdata://'] as const;

/** The path of a URL that a frame may stand in; undefined when it is no such URL or its path says nothing. */
function pathOfUrl(value: string): string | undefined {
  const scheme = URL_SCHEMES.find((candidate) => value.startsWith(candidate));
  if (scheme === undefined) return undefined;
  const start = value.indexOf('/', scheme.length);
  if (start < 0) return undefined;
  let end = value.length;
  for (let i = start; i < end; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x3f || code === 0x23) end = i;
  }
  return end - start > 1 ? value.slice(start, end) : undefined;
}

/** Takes source lines and variables from surplus frames: from those that are not the application's first, starting in the middle. */
function slimFrames(frames: Draft<Frame>[]): void {
  const middle = (frames.length - 1) / 2;
  const order = frames
    .map((frame, i) => ({ frame, inApp: frame.in_app === true ? 1 : 0, distance: Math.abs(i - middle) }))
    .sort((a, b) => a.inApp - b.inApp || a.distance - b.distance);
  for (const { frame, inApp } of order.slice(0, frames.length - FRAMES_WITH_CONTEXT)) {
    delete frame.vars;
    delete frame.pre_context;
    delete frame.post_context;
    if (inApp === 0) delete frame.context_line;
  }
}

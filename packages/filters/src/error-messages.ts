import type { NormalizedEvent } from '@culprit/protocol';
import { compileGlob } from './glob.ts';

/** Tells whether a text matches one of the globs. */
export type TextTest = (text: string) => boolean;

/** More are ignored. */
const MAX_GLOBS = 1_000;

/** A test for a list of globs; undefined when there is none in it. */
export function compileGlobs(patterns: readonly string[]): TextTest | undefined {
  const globs = patterns
    .map((pattern) => pattern.trim())
    .filter(Boolean)
    .slice(0, MAX_GLOBS)
    .map(compileGlob);
  if (globs.length === 0) return undefined;
  return (text) => globs.some((glob) => glob.matches(text));
}

/** What an event says: its message and, of every exception, `type: value` and both alone. */
export function messagesOf(event: NormalizedEvent): readonly string[] {
  const messages: string[] = [];
  const message = event.logentry?.formatted ?? event.logentry?.message;
  if (message) messages.push(message);
  for (const { type, value } of event.exception?.values ?? []) {
    if (type && value) messages.push(`${type}: ${value}`);
    if (type) messages.push(type);
    if (value) messages.push(value);
  }
  return messages;
}

/** Numbers of React's messages about markup of server and browser that differ. */
const HYDRATION = '{418,419,422,423,425}';

export const REACT_HYDRATION_ERRORS = [
  `*https://reactjs.org/docs/error-decoder.html?invariant=${HYDRATION}*`,
  `*https://react.dev/errors/${HYDRATION}*`,
].map((glob) => glob.replaceAll('?', '\\?'));

/** A script of an older deploy that is gone. */
export const CHUNK_LOAD_ERRORS = [
  'ChunkLoadError: Loading chunk *',
  '*Uncaught *: ChunkLoadError: Loading chunk *',
  'ChunkLoadError: Failed to load chunk *',
];

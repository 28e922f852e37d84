import type { Exception, Frame, NormalizedEvent } from '@culprit/protocol';
import type { Grouping, Variant } from '../grouping.ts';
import { candidateFrames, type FrameChoice, frameParts, isMarked } from './2026-11-21/frames.ts';
import { groupingHash } from './2026-11-21/hash.ts';
import { messageParts } from './2026-11-21/message.ts';
import { securityParts } from './2026-11-21/security.ts';
import { stackOf } from './2026-11-21/stacks.ts';
import { culpritOf, metadataOf, titleOf } from './2026-11-21/title.ts';

const STRATEGY = '2026-11-21';

/** What decides the hash: the variant and its parts, in order. Parts are told apart from each other in the hash. */
interface Basis {
  readonly variant: Variant;
  readonly parts: readonly string[];
}

const DEFAULT = /^\{\{ ?default ?\}\}$/;

/**
 * Which issue an event belongs to.
 *
 * A fingerprint of the sender decides alone, but for `{{ default }}` in it, which stands for what follows. Otherwise the first that there is:
 * exception types with the application's frames; with all frames; a thread's frames; exception types with their messages, freed of what
 * varies; a security report; the log message, the template before the text; and at last transaction and type, so that events that say
 * nothing do not all become one issue. Line numbers never count. This file and the folder beside it are not edited after release: a
 * change is a new strategy.
 */
export function group(event: NormalizedEvent): Grouping {
  const { variant, parts } = basisOf(event);
  const metadata = metadataOf(event);
  return {
    hash: groupingHash([variant === 'fingerprint' ? 'fingerprint' : '', ...parts]),
    strategy: STRATEGY,
    variant,
    title: titleOf(event, metadata),
    culprit: culpritOf(event),
    metadata,
  };
}

function basisOf(event: NormalizedEvent): Basis {
  const fingerprint = event.fingerprint;
  if (fingerprint && fingerprint.length > 0 && !(fingerprint.length === 1 && isDefault(fingerprint[0]))) {
    const parts = fingerprint.flatMap((part) =>
      isDefault(part) ? ['\u0001', ...defaultBasis(event).parts] : [part],
    );
    return { variant: 'fingerprint', parts };
  }
  if (event.checksum) return { variant: 'checksum', parts: ['checksum', String(event.checksum)] };
  return defaultBasis(event);
}

function isDefault(part: string | undefined): boolean {
  return part !== undefined && part.length <= 15 && DEFAULT.test(part);
}

function defaultBasis(event: NormalizedEvent): Basis {
  const exceptions = event.exception?.values ?? [];
  if (exceptions.length > 0) {
    const platform = event.platform;
    return (
      stackBasis(exceptions, 'app', platform) ??
      stackBasis(exceptions, 'all', platform) ??
      exceptionMessages(exceptions)
    );
  }
  return threadBasis(event) ?? reportBasis(event) ?? messageBasis(event) ?? fallbackBasis(event);
}

/** Exceptions from the deepest cause to the one that was thrown, each with its type and the frames that count. */
function stackBasis(
  exceptions: readonly Exception[],
  choice: FrameChoice,
  platform: string,
): Basis | undefined {
  if (choice === 'app' && !exceptions.some(({ stacktrace }) => isMarked(stacktrace?.frames ?? [])))
    return undefined;
  const parts: string[] = ['exception'];
  let anyFrame = false;
  for (const exception of exceptions) {
    const frames = partsOfFrames(exception.stacktrace?.frames ?? [], choice, platform);
    anyFrame ||= frames.length > 0;
    parts.push('\u0002', kindOf(exception), ...frames);
  }
  return anyFrame ? { variant: choice, parts } : undefined;
}

function partsOfFrames(frames: readonly Frame[], choice: FrameChoice, platform: string): string[] {
  return frameParts(candidateFrames(frames, choice), platform);
}

function exceptionMessages(exceptions: readonly Exception[]): Basis {
  const parts: string[] = ['exception'];
  for (const exception of exceptions) {
    parts.push('\u0002', typeOf(exception), messageParts(exception.value ?? ''));
  }
  return { variant: 'message', parts };
}

/** A type that the SDK made up (`synthetic`) is not part of the error. */
function typeOf(exception: Exception): string {
  return exception.mechanism?.synthetic === true ? '' : (exception.type ?? '');
}

/**
 * What an exception with a stack is, besides its frames. One without a type is a log message that carries the stack of the call (JavaScript SDKs):
 * two messages of one function are two issues.
 */
function kindOf(exception: Exception): string {
  if (exception.type || exception.mechanism?.synthetic === true) return typeOf(exception);
  return exception.value ? `\u0004${messageParts(exception.value)}` : '';
}

function threadBasis(event: NormalizedEvent): Basis | undefined {
  const frames = stackOf(event);
  for (const choice of isMarked(frames) ? (['app', 'all'] as const) : (['all'] as const)) {
    const parts = partsOfFrames(frames, choice, event.platform);
    if (parts.length > 0) return { variant: choice, parts: ['thread', ...parts] };
  }
  return undefined;
}

function reportBasis(event: NormalizedEvent): Basis | undefined {
  const parts = securityParts(event);
  return parts === undefined ? undefined : { variant: 'security', parts: ['security', ...parts] };
}

function messageBasis(event: NormalizedEvent): Basis | undefined {
  const message = event.logentry?.message || event.logentry?.formatted;
  return message ? { variant: 'message', parts: ['message', messageParts(message)] } : undefined;
}

function fallbackBasis(event: NormalizedEvent): Basis {
  const place = event.transaction ?? event.culprit ?? '';
  return { variant: 'fallback', parts: ['fallback', event.type, event.logger ?? '', messageParts(place)] };
}

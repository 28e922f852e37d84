import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Exception, Frame, NormalizedEvent } from '@culprit/protocol';
import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { asNormalized } from './raw-events.ts';

const shared = process.env.CULPRIT_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const corpus = join(shared, 'testdata/grouping');

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly reason: string;
}

/** Pairs that need project rules; this strategy knows none. */
const NEEDS_RULES = 'a server rule replaces any client fingerprint';

interface Mutation {
  readonly keeps: boolean;
  readonly applies: (event: NormalizedEvent) => boolean;
  readonly change: (event: NormalizedEvent) => NormalizedEvent;
}

const usesStack = (event: NormalizedEvent) =>
  Boolean(event.exception) &&
  ['app', 'all'].includes(group(event).variant) &&
  !event.fingerprint?.some((part) => part !== '{{ default }}');
const usesMessage = (event: NormalizedEvent) =>
  Boolean(event.exception) && group(event).variant === 'message';
const withExceptions = (
  event: NormalizedEvent,
  change: (exception: Exception) => Exception,
): NormalizedEvent => ({
  ...event,
  exception: { values: (event.exception?.values ?? []).map(change) },
});
const everyFrame = (event: NormalizedEvent, change: (frame: Frame) => Frame | Frame[]): NormalizedEvent =>
  withExceptions(event, (exception) => {
    if (!exception.stacktrace) return exception;
    return {
      ...exception,
      stacktrace: { frames: (exception.stacktrace.frames ?? []).flatMap<Frame>(change) },
    };
  });

/** Changes that the corpus says keep or change the issue, as far as one hash without rules can. */
const MUTATIONS: Record<string, Mutation> = {
  'other lines and columns keep the issue': {
    keeps: true,
    applies: usesStack,
    change: (event) => everyFrame(event, (frame) => ({ ...frame, lineno: 7777, colno: 3 })),
  },
  'other addresses keep the issue': {
    keeps: true,
    applies: usesStack,
    change: (event) =>
      everyFrame(event, (frame) => ({
        ...frame,
        instruction_addr: '0x1',
        image_addr: '0x2',
        symbol_addr: '0x3',
      })),
  },
  'another message keeps the issue where there is a stack': {
    keeps: true,
    applies: (event) =>
      usesStack(event) && (event.exception?.values ?? []).every(({ type, value }) => type && value),
    change: (event) => withExceptions(event, (exception) => ({ ...exception, value: 'quite other words' })),
  },
  'other words make another issue where there is no stack': {
    keeps: false,
    applies: usesMessage,
    change: (event) => withExceptions(event, (exception) => ({ ...exception, value: 'quite other words' })),
  },
  'another type makes another issue': {
    keeps: false,
    applies: (event) => usesStack(event) || usesMessage(event),
    change: (event) =>
      withExceptions(event, (exception) => ({ ...exception, type: 'QuiteAnother', mechanism: null })),
  },
  'another package of the type keeps the issue': {
    keeps: true,
    applies: (event) => usesStack(event) || usesMessage(event),
    change: (event) => withExceptions(event, (exception) => ({ ...exception, module: 'quite.another' })),
  },
  'other directories and letter case of files keep the issue': {
    keeps: true,
    applies: usesStack,
    change: (event) =>
      everyFrame(event, (frame) =>
        frame.filename && !frame.filename.startsWith('<') && !frame.filename.startsWith('[')
          ? {
              ...frame,
              filename: `/another/dir/${(frame.filename.split(/[\\/]/).at(-1) ?? '').toUpperCase()}`,
            }
          : frame,
      ),
  },
  'other source lines keep the issue': {
    keeps: true,
    applies: usesStack,
    change: (event) =>
      everyFrame(event, (frame) => ({ ...frame, context_line: `   ${frame.context_line ?? ''}  ` })),
  },
  'a repeated frame keeps the issue': {
    keeps: true,
    applies: usesStack,
    change: (event) => everyFrame(event, (frame) => [frame, frame, frame]),
  },
  'another release, environment, user, tags and request keep the issue': {
    keeps: true,
    applies: (event) => usesStack(event) || usesMessage(event),
    change: (event) => ({
      ...event,
      release: 'another',
      environment: 'another',
      user: { id: 'another' },
      tags: [['another', 'one']],
      request: { url: 'https://another.example/' },
      contexts: {},
    }),
  },
};

if (!existsSync(corpus)) {
  console.log(`skipped: grouping corpus not found at ${corpus} (set CULPRIT_SHARED)`);
  describe.skip('public grouping corpus', () => {
    it('is not here', () => {});
  });
} else {
  const { pairs } = JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as {
    pairs: { must_group: Pair[]; must_not_group: Pair[] };
  };
  const events = new Map<string, NormalizedEvent>(
    readdirSync(join(corpus, 'inputs')).map((file) => [
      basename(file, '.json'),
      asNormalized(JSON.parse(readFileSync(join(corpus, 'inputs', file), 'utf8'))),
    ]),
  );
  const hashOf = (name: string): string => {
    const event = events.get(name);
    if (event === undefined) throw new Error(`no input ${name}`);
    return group(event).hash;
  };

  describe('public grouping corpus', () => {
    it.each(pairs.must_group.filter((pair) => pair.reason !== NEEDS_RULES))(
      '$a is one issue with $b',
      ({ a, b }) => {
        expect(hashOf(a)).toBe(hashOf(b));
      },
    );
    it.each(pairs.must_not_group)('$a is another issue than $b: $reason', ({ a, b }) => {
      expect(hashOf(a)).not.toBe(hashOf(b));
    });
    it.each(Object.entries(MUTATIONS))('%s', (_, { keeps, applies, change }) => {
      const cases = [...events].filter(([, event]) => applies(event));
      expect(cases.length).toBeGreaterThan(3);
      const wrong = cases.filter(([, event]) => (group(change(event)).hash === group(event).hash) !== keeps);
      expect(wrong.map(([name]) => name)).toEqual([]);
    });
    it('every input groups, and no two of different pairs fall together by an empty basis', () => {
      const named = new Set([...pairs.must_group, ...pairs.must_not_group].flatMap(({ a, b }) => [a, b]));
      const fallbacks = [...events].filter(
        ([name, event]) => named.has(name) && group(event).variant === 'fallback',
      );
      expect(fallbacks).toEqual([]);
    });
  });
}

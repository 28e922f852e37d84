import type { EventBreadcrumb, EventFrame } from '@culprit/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextCursorOf } from '../src/api/link-header.ts';
import { crumbText } from '../src/features/issue/crumb-text.ts';
import { groupFrames, librarySentence, openFrameOf, packageOf } from '../src/features/issue/frame-groups.ts';
import { valueText } from '../src/features/issue/value-text.ts';
import {
  completed,
  completionsOf,
  termsOf,
  tokenOf,
  viewOf,
  withView,
} from '../src/features/issues/search-terms.ts';
import { tonesOf } from '../src/ui/code-tones.ts';

function frame(filename: string | null, inApp: boolean, part: Partial<EventFrame> = {}): EventFrame {
  return {
    filename,
    absPath: null,
    module: null,
    package: null,
    platform: null,
    function: 'f',
    rawFunction: null,
    lineNo: 1,
    colNo: null,
    inApp,
    context: [],
    vars: null,
    ...part,
  };
}

function crumb(part: Partial<EventBreadcrumb>): EventBreadcrumb {
  return {
    timestamp: null,
    type: 'default',
    category: null,
    level: 'info',
    message: null,
    data: null,
    event_id: null,
    ...part,
  };
}

describe('searches', () => {
  test('a search falls into terms at spaces outside quotes', () => {
    expect(termsOf('is:unresolved  user.username:"a b" x')).toEqual([
      'is:unresolved',
      'user.username:"a b"',
      'x',
    ]);
  });

  test('a token is a key and a value; an error type or an address is words', () => {
    expect(['release:web@1', 'TypeError:', 'https://x.example', 'word'].map(tokenOf)).toEqual([
      ['release', 'web@1'],
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a tab changes the status and keeps the rest', () => {
    expect(withView('is:unresolved release:a x', 'resolved')).toBe('is:resolved release:a x');
    expect(withView('is:unresolved x', 'all')).toBe('x');
    expect(['is:ignored x', 'x', ''].map(viewOf)).toEqual(['ignored', 'all', 'all']);
  });

  test('only the word that is being typed is completed', () => {
    const [first] = completionsOf('x user.e');
    expect(first?.text).toBe('user.email:');
    expect(first && completed('x user.e', first)).toBe('x user.email:');
  });
});

describe('frames', () => {
  const react = frame('node_modules/react-dom/cjs/react-dom.js', false);
  const scheduler = frame('/srv/node_modules/@scope/scheduler/index.js', false);
  const app = frame('src/a.ts', true);
  const code = frame('src/b.ts', true, { context: [[1, 'x']] });

  test('newest call first, library frames in one line', () => {
    const groups = groupFrames([react, scheduler, code, app], false);
    expect(
      groups.map((group) => (group.kind === 'frame' ? group.frame.filename : group.frames.length)),
    ).toEqual(['src/a.ts', 'src/b.ts', 2]);
    expect(openFrameOf(groups)).toBe(1);
  });

  test('without a frame of the app all frames are shown', () => {
    expect(groupFrames([react, scheduler], false)).toHaveLength(2);
  });

  test('packages are named as people call them', () => {
    expect([react, scheduler, frame('node:internal/timers', false)].map(packageOf)).toEqual([
      'react-dom',
      '@scope/scheduler',
      'Node',
    ]);
    expect(packageOf(frame(null, false, { module: 'org.springframework.web' }))).toBe('org');
    expect(librarySentence([react, scheduler], false)).toBe(
      'Called from 2 frames in react-dom and @scope/scheduler',
    );
    expect(librarySentence([react], true)).toBe('Failed inside 1 frame in react-dom');
  });
});

describe('crumbs', () => {
  test('a request says what was asked and what came of it', () => {
    const asked = crumb({
      type: 'http',
      category: 'xhr',
      data: { method: 'GET', url: '/a', status_code: 503 },
    });
    expect(crumbText(asked)).toMatchObject({ kind: 'request', text: 'GET /a', result: '503', isBad: true });
  });

  test('a page change says from where to where', () => {
    const moved = crumb({ category: 'navigation', data: { from: '/a', to: '/b' } });
    expect(crumbText(moved)).toMatchObject({ kind: 'page', text: '/a → /b' });
  });

  test('what is not known is shown as it came', () => {
    expect(crumbText(crumb({ category: 'bluetooth', data: { a: 1 } }))).toMatchObject({
      kind: 'bluetooth',
      text: '{ a: 1 }',
    });
  });
});

describe('texts of events', () => {
  test('values are one line of code, cut when endless', () => {
    expect(valueText({ a: 'x', b: [1, null], c: {} })).toBe('{ a: "x", b: [1, null], c: {} }');
    expect(valueText('bare', true)).toBe('bare');
    expect(valueText('x'.repeat(5_000)).length).toBeLessThanOrEqual(2_001);
  });

  test('the pieces of a line together are the line', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (line) => {
        expect(
          tonesOf(line)
            .map(({ text }) => text)
            .join(''),
        ).toBe(line);
      }),
    );
  });

  test('keywords, strings, numbers and comments have their tones', () => {
    expect(
      tonesOf("const a = 'x' + 1; // why").flatMap(({ text, tone }) => (tone ? [[tone, text]] : [])),
    ).toEqual([
      ['k', 'const'],
      ['st', "'x'"],
      ['nu', '1'],
      ['cm', '// why'],
    ]);
  });
});

describe('paging', () => {
  test('the next cursor is taken only where there is a next page', () => {
    const link = (results: string) =>
      `<http://x/?a=1,2>; rel="previous"; results="false"; cursor="0:0:1", <http://x/>; rel="next"; results="${results}"; cursor="5:7:0"`;
    expect([link('true'), link('false'), null].map(nextCursorOf)).toEqual(['5:7:0', undefined, undefined]);
  });
});

import type { NormalizedEvent } from '@culprit/protocol';
import { expect, test } from 'vitest';
import { tagColumnOf } from '../stages/tag-column.ts';

const event = (overrides: Partial<NormalizedEvent>): NormalizedEvent => overrides as NormalizedEvent;

test('browser, system and device are found among the tags', () => {
  const contexts = {
    browser: { name: 'Chrome', version: '154.0.0' },
    os: { name: 'Windows', version: '>=10' },
    device: { family: 'iPhone', model: 'iPhone17,1' },
    trace: { trace_id: 'a' },
  };
  expect(Object.fromEntries(tagColumnOf(event({ contexts })))).toEqual({
    browser: 'Chrome 154.0.0',
    'browser.name': 'Chrome',
    os: 'Windows >=10',
    'os.name': 'Windows',
    device: 'iPhone17,1',
    'device.family': 'iPhone',
  });
});

test('a tag that was sent wins, and one without a value is left out', () => {
  const contexts = { browser: { name: 'Chrome', version: '154' } };
  const tags = [
    ['browser', 'mine'],
    ['empty', null],
    ['plan', 'pro'],
  ] as const;
  expect(Object.fromEntries(tagColumnOf(event({ contexts, tags })))).toEqual({
    browser: 'mine',
    'browser.name': 'Chrome',
    plan: 'pro',
  });
});

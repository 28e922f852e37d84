import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { fuzz } from './fuzz.ts';
import { problemsOf } from './verdict.ts';

const COUNT = 50_000;

let running: RunningStack;

beforeAll(async () => {
  running = await startStack();
});
afterAll(() => running?.stop());

test(`${COUNT} mutated submissions crash nothing, lose nothing and change nothing else`, async () => {
  const report = await fuzz(running.stack, running.facts, { count: COUNT, seed: Date.now() });
  expect({ problems: problemsOf(report), report }).toMatchObject({ problems: [] });
}, 900_000);

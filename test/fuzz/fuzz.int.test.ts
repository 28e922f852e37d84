import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { fuzz } from './fuzz.ts';
import { problemsOf } from './verdict.ts';

const COUNT = 50_000;
/** The same every time, so that a failure comes again; `npm run fuzz` takes others. */
const SEED = 1;

let running: RunningStack;

beforeAll(async () => {
  running = await startStack();
});
afterAll(() => running?.stop());

test(`${COUNT} mutated submissions crash nothing, lose nothing and change nothing else`, async () => {
  const report = await fuzz(running.stack, running.facts, { count: COUNT, seed: SEED });
  expect({ problems: problemsOf(report), report }).toMatchObject({ problems: [] });
}, 900_000);

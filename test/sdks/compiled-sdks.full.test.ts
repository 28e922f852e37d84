import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CulpritReader } from '../corpus/culprit-reader.ts';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { expectStory, tell } from './story.ts';
import { builtOrSkipped } from './toolchain.ts';
import { golang, rust } from './toolchains.ts';

describe('what an unmodified SDK that must be compiled sends is stored field by field', () => {
  let stack: RunningStack;
  let reader: CulpritReader;

  beforeAll(async () => {
    stack = await startStack();
    reader = new CulpritReader(stack.facts);
  });

  afterAll(() => stack?.stop());

  test('sentry-go of golang', async (context) => {
    const command = await builtOrSkipped(golang, context);
    const project = await reader.createProject('sentry-go');
    await expectStory(reader, project, await tell(command, project), {
      platform: 'go',
      sdk: 'sentry.go',
      exceptions: [
        ['*errors.errorString', 'the voucher has no value'],
        ['*fmt.wrapError', 'voucher HARBOR10 cannot be applied: the voucher has no value'],
      ],
      thrower: 'main',
      messageLevel: 'info',
      hasAttachment: true,
      hasCheckIn: true,
    });
  });

  test('the sentry crate of rust', async (context) => {
    const command = await builtOrSkipped(rust, context);
    const project = await reader.createProject('sentry-rust');
    const ids = await tell(command, project);
    await expectStory(reader, project, ids, {
      platform: 'native',
      sdk: 'sentry.rust',
      exceptions: [
        ['NoValue', 'the voucher has no value'],
        ['VoucherError', 'voucher HARBOR10 cannot be applied'],
      ],
      hasAttachment: true,
      hasSession: true,
    });
    // The stack is that of the thread.
    expect(await reader.event(project.slug, ids.thrown)).toMatchObject({
      threads: {
        values: [
          {
            stacktrace: {
              frames: expect.arrayContaining([
                expect.objectContaining({ function: 'orders::main', lineno: expect.any(Number) }),
              ]),
            },
          },
        ],
      },
    });
  });
});

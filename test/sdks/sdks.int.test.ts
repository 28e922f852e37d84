import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CulpritReader } from '../corpus/culprit-reader.ts';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { expectStory, tell } from './story.ts';
import { builtOrSkipped, PROGRAMS } from './toolchain.ts';
import { java, python } from './toolchains.ts';

describe('what an unmodified SDK sends is stored field by field', () => {
  let stack: RunningStack;
  let reader: CulpritReader;

  beforeAll(async () => {
    stack = await startStack();
    reader = new CulpritReader(stack.facts);
  });

  afterAll(() => stack?.stop());

  test('@sentry/node', async () => {
    const project = await reader.createProject('sentry-node');
    const ids = await tell([process.execPath, join(PROGRAMS, 'node.mjs')], project);
    await expectStory(reader, project, ids, {
      platform: 'node',
      sdk: 'sentry.javascript.node',
      exceptions: [
        ['TypeError', expect.stringContaining("reading 'value'")],
        ['VoucherError', 'voucher HARBOR10 cannot be applied'],
      ],
      thrower: 'applyVoucher',
      hasAttachment: true,
      hasSession: true,
      hasCheckIn: true,
      hasFeedback: true,
    });
  });

  test(`raven ${createRequire(import.meta.url)('raven/package.json').version}, which packs in base64 of zlib`, async () => {
    const project = await reader.createProject('raven');
    const ids = await tell([process.execPath, join(PROGRAMS, 'raven.cjs')], project);
    await expectStory(reader, project, ids, {
      platform: 'node',
      sdk: 'raven-node',
      exceptions: [['VoucherError', 'voucher HARBOR10 cannot be applied']],
      thrower: 'applyVoucher',
      hasContext: false,
    });
    expect(await reader.event(project.slug, ids.thrown)).toMatchObject({ extra: { order: 4711 } });
  });

  test('sentry-sdk of python', async (context) => {
    const command = await builtOrSkipped(python, context);
    const project = await reader.createProject('sentry-python');
    await expectStory(reader, project, await tell(command, project), {
      platform: 'python',
      sdk: 'sentry.python',
      exceptions: [
        ['KeyError', "'value'"],
        ['VoucherError', 'voucher HARBOR10 cannot be applied'],
      ],
      thrower: 'apply_voucher',
      hasAttachment: true,
      hasSession: true,
      hasCheckIn: true,
    });
  });

  test('io.sentry:sentry of java', async (context) => {
    const command = await builtOrSkipped(java, context);
    const project = await reader.createProject('sentry-java');
    await expectStory(reader, project, await tell(command, project), {
      platform: 'java',
      sdk: 'sentry.java',
      exceptions: [
        ['IllegalStateException', 'the voucher has no value'],
        ['Orders$VoucherException', 'voucher HARBOR10 cannot be applied'],
      ],
      thrower: 'applyVoucher',
      hasAttachment: true,
      hasSession: true,
      hasCheckIn: true,
      hasFeedback: true,
    });
  });
});

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { version } from 'react';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CulpritReader, type MadeProject } from '../corpus/culprit-reader.ts';
import { launchChromium, skipsForLackOfChromium } from '../e2e/chromium.ts';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { type Storefront, serveStorefront } from '../e2e/storefront.ts';
import { expectStory, type Ids, idsSchema } from './story.ts';
import { PROGRAMS } from './toolchain.ts';

describe.skipIf(skipsForLackOfChromium())('what an unmodified SDK in Chromium sends is stored', () => {
  let stack: RunningStack;
  let reader: CulpritReader;
  let browser: Browser;
  let pages: Storefront;

  beforeAll(async () => {
    [stack, browser, pages] = await Promise.all([
      startStack(),
      launchChromium(),
      serveStorefront(join(PROGRAMS, 'browser')),
    ]);
    reader = new CulpritReader(stack.facts);
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([pages?.close(), stack?.stop()]);
  });

  /** Opens the page with this SDK, and waits until it has told its story. */
  async function tellInBrowser(sdk: string, project: MadeProject): Promise<Ids> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(`${pages.url}?${new URLSearchParams({ sdk, dsn: project.dsn })}`);
    const told = await page
      .waitForFunction('window.told', undefined, { timeout: 30_000 })
      .catch((cause) => Promise.reject(new Error(`the page said ${problems.join('; ')}`, { cause })));
    const ids = idsSchema.parse(await told.jsonValue());
    await page.close();
    return ids;
  }

  test('@sentry/browser', async () => {
    const project = await reader.createProject('sentry-browser');
    await expectStory(reader, project, await tellInBrowser('browser', project), {
      platform: 'javascript',
      sdk: 'sentry.javascript.browser',
      exceptions: [['VoucherError', 'voucher HARBOR10 cannot be applied']],
      thrower: 'applyVoucher',
      serverName: null,
      hasAttachment: true,
      hasSession: true,
      hasFeedback: true,
    });
  });

  test('@sentry/react, with the components that were drawn', async () => {
    const project = await reader.createProject('sentry-react');
    const ids = await tellInBrowser('react', project);
    await expectStory(reader, project, ids, {
      platform: 'javascript',
      sdk: 'sentry.javascript.react',
      exceptions: [
        ['React ErrorBoundary VoucherError', 'voucher HARBOR10 cannot be applied'],
        ['VoucherError', 'voucher HARBOR10 cannot be applied'],
      ],
      thrower: 'applyVoucher',
      serverName: null,
      hasAttachment: true,
      hasSession: true,
      hasFeedback: true,
    });
    const stored = await reader.event(project.slug, ids.thrown);
    expect(stored).toMatchObject({
      contexts: { react: { version } },
      // The components that were drawn stand where the stack of a cause stands.
      exception: {
        values: [
          {
            stacktrace: {
              frames: expect.arrayContaining([expect.objectContaining({ function: 'Checkout' })]),
            },
          },
          {},
        ],
      },
    });
  });

  test('raven-js', async () => {
    const project = await reader.createProject('raven-js');
    const ids = await tellInBrowser('raven-js', project);
    await expectStory(reader, project, ids, {
      platform: 'javascript',
      sdk: 'raven-js',
      exceptions: [['VoucherError', 'voucher HARBOR10 cannot be applied']],
      thrower: expect.stringContaining('applyVoucher'),
      serverName: null,
      hasContext: false,
    });
    expect(await reader.event(project.slug, ids.thrown)).toMatchObject({ extra: { order: 4711 } });
  });
});

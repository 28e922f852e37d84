import { eventually } from '@culprit/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, skipsForLackOfChromium } from './chromium.ts';
import { lastValueOf } from './recorder.ts';
import { type RunningStack, startStack } from './running-stack.ts';
import { storedFormOf } from './stored-form.ts';
import { type BrowserSent, openStorefront, press, type Storefront, serveStorefront } from './storefront.ts';

const RELEASE = 'storefront@2.0.0';
const THROWN = "TypeError: Cannot read properties of undefined (reading 'reduce')";
const MESSAGE = 'somebody counts the basket';
const REJECTION = 'RangeError: nothing to reserve';

describe.skipIf(skipsForLackOfChromium())('@sentry/browser in Chromium', () => {
  let running: RunningStack;
  let browser: Browser;
  let storefront: Storefront;
  let page: Page;
  let sent: readonly BrowserSent[];

  beforeAll(async () => {
    [running, browser, storefront] = await Promise.all([startStack(), launchChromium(), serveStorefront()]);
    const { api, facts } = running;
    await api.deploy(RELEASE, 'production');
    page = await openStorefront(browser, { url: storefront.url, dsn: facts.dsn, release: RELEASE });
    sent = [await press(page, '#pay'), await press(page, '#count'), await press(page, '#reserve')];
    await Promise.all([api.issue(THROWN), api.issue(MESSAGE), api.issue(REJECTION)]);
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([storefront?.close(), running?.stop()]);
  });

  const sentOf = (value: string): BrowserSent => {
    const found = sent.find(({ event }) => lastValueOf(event).includes(value));
    if (found === undefined) throw new Error(`nothing was sent with ${value}`);
    return found;
  };

  test('may send from another origin, and reads the answer', async () => {
    for (const { event, response } of sent) {
      expect(response.status()).toBe(200);
      expect(await response.json()).toEqual({ id: event.event_id });
      const request = await response.request().allHeaders();
      expect(new URL(response.url()).origin).not.toBe(request.origin);
      expect(request['sec-fetch-mode']).toBe('cors');
    }
  });

  test('makes issues with people, release and deploy', async () => {
    const issues = await running.api.issues();
    const facts = issues.map(({ title, count, userCount, level, isUnhandled, firstRelease, firstDeploy }) => [
      title,
      count,
      userCount,
      level,
      isUnhandled,
      firstRelease?.version,
      firstDeploy?.number,
    ]);
    expect(new Set(facts)).toEqual(
      new Set([
        [THROWN, '1', 1, 'error', true, RELEASE, 1],
        [expect.stringContaining(MESSAGE), '1', 1, 'info', false, RELEASE, 1],
        [REJECTION, '1', 1, 'error', true, RELEASE, 1],
      ]),
    );
    expect(issues.find(({ title }) => title === THROWN)?.culprit).toBe('/assets/index.js in totalOf');
  });

  test.each(["(reading 'reduce')", MESSAGE, 'nothing to reserve'])(
    'is stored field by field as sent, with the address, browser and system of the person: %s',
    async (value) => {
      const { event } = sentOf(value);
      const { received, project, key_id, ...stored } = await running.api.storedEvent(event.event_id);
      const expected = storedFormOf(event);
      // Chromium names only its major version to pages.
      const major = browser.version().split('.')[0];
      expect(stored).toEqual({
        ...expected,
        user: { id: 'b-7', email: 'grace@example.com', username: 'grace', ip_address: '127.0.0.1' },
        contexts: {
          ...(expected.contexts as object),
          browser: { type: 'browser', name: 'HeadlessChrome', version: `${major}.0.0` },
          os: { type: 'os', name: 'Linux' },
        },
      });
      expect([project, key_id]).toEqual([1, '1']);
      expect(Math.abs(received - Number(event.timestamp))).toBeLessThan(60);
    },
  );

  test('has the page, its own frames and what the person did before', async () => {
    const stored = await running.api.storedEvent(sentOf("'reduce'").event.event_id);
    expect(stored.exception?.values[0]?.stacktrace?.frames?.at(-1)).toMatchObject({
      function: 'totalOf',
      filename: '/assets/index.js',
      abs_path: `${storefront.url}assets/index.js`,
      in_app: true,
    });
    expect(stored.request).toMatchObject({ url: storefront.url });
    expect(stored.tags).toEqual([['basket.size', 'empty']]);
    expect(stored.breadcrumbs?.values.map(({ category, message }) => [category, message])).toEqual([
      ['ui.click', 'body > button#pay[type="button"]'],
      ['payment', 'asking for the total'],
    ]);
  });

  test('finds the person by email, id, name and address, with the device', async () => {
    for (const query of ['grace@example.com', 'b-7', 'grace', '127.0.0.1']) {
      const person = await running.api.person(query);
      expect(person.totals).toEqual({ events: 3, issues: 3 });
      expect(person.devices).toMatchObject([{ os: 'Linux', release: RELEASE }]);
      expect(person.devices[0]?.browser).toMatch(/^HeadlessChrome /);
    }
  });

  test('counts what a browser sends again once', async () => {
    const { body, response } = sentOf('nothing to reserve');
    const again = await page.request.post(response.url(), { data: body });
    expect(again.status()).toBe(200);
    const outcomes = await eventually(
      'a duplicate',
      async () => {
        const counted = await running.api.outcomesOfErrors();
        return counted['invalid/duplicate'] === 1 && counted;
      },
      { timeoutMs: 20_000 },
    );
    expect(outcomes).toEqual({ accepted: 3, 'invalid/duplicate': 1 });
    expect((await running.api.issue(REJECTION)).userCount).toBe(1);
  });
});

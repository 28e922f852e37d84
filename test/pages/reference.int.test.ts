import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, skipsForLackOfChromium } from '../e2e/chromium.ts';
import { openPage } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

describe.skipIf(skipsForLackOfChromium())('the reference of the API', () => {
  let browser: Browser;
  let server: FixtureServer;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), startFixtureServer()]);
    ({ page, complaints } = await openPage(browser, server.url, { width: 1440, theme: 'light' }));
    await page.goto(`${server.url}/organizations/harbor/api/`);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    expect(complaints).toEqual([]);
  });

  test('finds an operation by its words, and shows how to call it', async () => {
    await page.getByLabel('Find an operation').fill('deploys post');
    const found = page.locator('details.operation[id^="post"]');
    await found.first().waitFor();
    expect(await found.count()).toBe(1);
    await found.locator('summary').click();
    const text = await found.innerText();
    expect(text).toContain('Say that a release was deployed');
    expect(text).toContain(
      'https://culprit.harbor.example/api/0/organizations/harbor/releases/VERSION/deploys/',
    );
    expect(text).toContain('environment');
    expect(text).toMatch(/201\s+Deploy/);
  });

  test('says so where no operation has the words', async () => {
    await page.getByLabel('Find an operation').fill('holograms');
    await page.getByText('Nothing has these words in it.').waitFor();
  });

  test('says where SDKs send to, which is another address', async () => {
    await page.getByLabel('Find an operation').fill('envelope');
    const found = page.locator('details.operation[id^="post"]').first();
    await found.locator('summary').click();
    expect(await found.innerText()).toContain('https://errors.harbor.example/api/PROJECT/envelope/');
  });
});

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, skipsForLackOfChromium } from './chromium.ts';
import { runOrders } from './run-program.ts';
import { type RunningStack, startStack } from './running-stack.ts';
import { openStorefront, press, type Storefront, serveStorefront } from './storefront.ts';

const ORDERS = 'orders@1.0.0';
const STOREFRONT = 'storefront@2.0.0';
const VOUCHER = 'VoucherError: voucher HARBOR10 cannot be applied';
const BASKET = "TypeError: Cannot read properties of undefined (reading 'reduce')";
const PATIENCE_MS = 60_000;

describe.skipIf(skipsForLackOfChromium())('the pages, in Chromium', () => {
  let running: RunningStack;
  let browser: Browser;
  let storefront: Storefront;
  let page: Page;
  /** What the browser complains about: scripts that throw, what the security policy refuses. */
  const complaints: string[] = [];

  beforeAll(async () => {
    [running, browser, storefront] = await Promise.all([startStack(), launchChromium(), serveStorefront()]);
    const { api, facts } = running;
    const send = { dsn: facts.dsn, release: ORDERS, environment: 'production' };
    await api.deploy(ORDERS, 'production');
    await Promise.all([runOrders(send, 'caught', '1'), runOrders(send, 'caught', '2')]);
    await api.issue(VOUCHER, 2);
    await api.deploy(STOREFRONT, 'production');
    const shop = await openStorefront(browser, { url: storefront.url, dsn: facts.dsn, release: STOREFRONT });
    await press(shop, '#pay');
    await api.issue(BASKET);
    await shop.close();

    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await logIn(facts.password);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([storefront?.close(), running?.stop()]);
  });

  async function logIn(password: string): Promise<void> {
    await page.goto(running.facts.url);
    await page.getByLabel('Email').fill(running.facts.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/organizations\/main\/issues/);
  }

  const textOf = async (locator: Locator): Promise<string> => {
    await locator.waitFor();
    return (await locator.textContent()) ?? '';
  };
  const section = (name: string): Locator => page.getByRole('region', { name, exact: true });
  const openIssue = async (title: string): Promise<void> => {
    const { permalink } = await running.api.issue(title, title === VOUCHER ? 2 : 1);
    await page.goto(permalink);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  };

  test('a wrong password is refused, with a sentence that says so', async () => {
    const stranger = await browser.newContext();
    const door = await stranger.newPage();
    await door.goto(`${running.facts.url}/organizations/main/issues`);
    await door.getByLabel('Email').fill(running.facts.email);
    await door.getByLabel('Password').fill('not the password');
    await door.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => textOf(door.getByRole('alert'))).toBe('Email or password is wrong.');
    await stranger.close();
  });

  test('the list shows each issue with events, people and the deploy that brought it', async () => {
    await page.goto(`${running.facts.url}/organizations/main/issues`);
    const row = (title: string): Locator => page.getByRole('listitem').filter({ hasText: title });
    const voucher = await textOf(row('VoucherError'));
    expect(voucher).toContain('voucher HARBOR10 cannot be applied');
    expect(voucher).toContain('voucher in applyVoucher');
    expect(voucher).toMatch(/#1\b.*2 events.*2 people/);
    const basket = await textOf(row("(reading 'reduce')"));
    expect(basket).toMatch(/#2\b.*1 events.*1 person/);
  });

  test('a click on an issue opens its page: the chain of exceptions with frames and their code', async () => {
    await page.goto(`${running.facts.url}/organizations/main/issues`);
    await page.getByRole('link', { name: 'voucher HARBOR10' }).click();
    await page.getByRole('heading', { level: 1, name: VOUCHER }).waitFor();
    const trace = await textOf(section('Stack trace'));
    const outer = trace.indexOf('voucher HARBOR10 cannot be applied');
    const cause = trace.indexOf("Cannot read properties of undefined (reading 'amount')");
    expect(outer).toBeGreaterThan(0);
    expect(cause).toBeGreaterThan(outer);
    for (const part of ['applyVoucher', 'discountOf', 'voucher.mjs', 'throw new VoucherError']) {
      expect(trace).toContain(part);
    }
    expect(trace).not.toContain('ModuleJob.run');
    await section('Stack trace').getByText('Full', { exact: true }).click();
    await section('Stack trace').getByText('ModuleJob.run').first().waitFor();
  });

  test('the issue page shows person, breadcrumbs, tags, release and deploy', async () => {
    await openIssue(VOUCHER);
    const crumbs = await textOf(section('What happened before'));
    expect(crumbs).toContain('session found');
    expect(crumbs).toContain('shipping quote is late');
    await expect.poll(() => textOf(section('User'))).toMatch(/ada[12]@example\.com.*u-[12].*ada[12]/);
    const release = await textOf(section('Release and deploy'));
    expect(release).toContain(ORDERS);
    expect(release).toContain('production');
    expect(release).toContain('#1');
    await expect.poll(() => textOf(section('Tags'))).toMatch(/order\.kind.*subscription/);
    await expect.poll(() => textOf(page.getByRole('main'))).toContain('2 people');
  });

  test('the page of an error in a browser shows its page, browser and system', async () => {
    await openIssue(BASKET);
    await expect.poll(() => textOf(section('Request'))).toContain(storefront.url);
    const contexts = await textOf(section('Contexts'));
    expect(contexts).toContain('HeadlessChrome');
    expect(contexts).toContain('Linux');
    await expect.poll(() => textOf(section('What happened before'))).toContain('button#pay');
    await expect.poll(() => textOf(section('Release and deploy'))).toContain('#2');
  });

  test('a person is found by email, with every problem they ran into', async () => {
    await page.goto(`${running.facts.url}/organizations/main/people`);
    const field = page.getByLabel('Find a person by email, id, username or IP address');
    await field.fill('grace@example.com');
    await field.press('Enter');
    const problems = await textOf(section('What they ran into'));
    expect(problems).toContain(BASKET);
    expect(problems).not.toContain('VoucherError');
    await expect.poll(() => textOf(section('Known as'))).toContain('grace@example.com');
    await expect
      .poll(() => textOf(section('Devices and versions')))
      .toMatch(/HeadlessChrome.*Linux.*storefront@2\.0\.0/);
  });

  test('from an issue one click leads to its person', async () => {
    await openIssue(VOUCHER);
    await section('User').getByRole('link', { name: 'All that hit this person' }).click();
    await page.waitForURL(/\/people\?.*who=/);
    await expect.poll(() => textOf(section('What they ran into'))).toContain(VOUCHER);
  });

  test('System says that all is processed, and which versions run', async () => {
    await page.goto(`${running.facts.url}/organizations/main/system`);
    await page.getByText('All that arrived has been processed.').waitFor();
    const main = await textOf(page.getByRole('main'));
    expect(main).toMatch(/Records waiting\s*0/);
    expect(main).toMatch(/Dead letters\s*0/);
    await expect.poll(() => textOf(section('Versions'))).toMatch(/PostgreSQL\d+\..*ClickHouse\d+\./);
  });

  test('nothing that was opened made the browser complain', () => {
    expect(complaints).toEqual([]);
  });
});

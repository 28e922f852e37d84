import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_ID, KEY, testIngest } from '../../services/ingest/test/harness.ts';
import { launchChromium, skipsForLackOfChromium } from './chromium.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGE =
  '<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><button id="buy">Buy</button></main>';

describe.skipIf(skipsForLackOfChromium())('the report dialog in Chromium', () => {
  const ingest = testIngest();
  let ingestUrl: string;
  let browser: Browser;
  let shop: ReturnType<typeof createServer>;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    ingestUrl = await ingest.app.listen({ port: 0, host: '127.0.0.1' });
    // As strict as a page can be that uses an SDK at all.
    const policy = `default-src 'none'; script-src ${ingestUrl}; connect-src ${ingestUrl}`;
    shop = createServer((_request, response) => {
      response.setHeader('content-security-policy', policy);
      response.setHeader('content-type', 'text/html').end(PAGE);
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    shop?.close();
    await ingest.app.close();
  });

  beforeEach(async () => {
    page = await browser.newPage();
    complaints = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    page.on('pageerror', ({ message }) => void complaints.push(message));
    await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/`);
    await page.focus('#buy');
  });

  afterEach(() => page.close());

  /** Loads the script as SDKs do. */
  async function openDialog(more: Record<string, string> = {}): Promise<void> {
    const dsn = `http://${KEY}@127.0.0.1:1/42`;
    const query = new URLSearchParams({ eventId: EVENT_ID, dsn, ...more });
    const src = `${ingestUrl}/api/embed/error-page/?${query}`;
    await page.evaluate(`new Promise((resolve, reject) => {
      window.addEventListener('message', ({ data }) => { window.lastMessage = data; });
      const script = document.createElement('script');
      Object.assign(script, { async: true, crossOrigin: 'anonymous', src: ${JSON.stringify(src)}, onload: resolve, onerror: reject });
      document.head.append(script);
    })`);
    await page.getByRole('dialog').waitFor();
  }

  /** Id of the element with the focus, also in a shadow root. */
  const focused = () =>
    page.evaluate(`(function inner(root) {
      const node = root.activeElement;
      return node?.shadowRoot ? inner(node.shadowRoot) : node?.id;
    })(document)`);

  /** What SDKs wait for; a posted message arrives a task after the dialog is gone. */
  const expectClosedMessage = () =>
    expect.poll(() => page.evaluate('window.lastMessage')).toBe('__sentry_reportdialog_closed__');

  test('a person fills it in by keyboard, and the report arrives', async () => {
    await openDialog({ email: 'ada@example.com' });
    expect(await focused()).toBe('name');
    await page.keyboard.type('Ada');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('It broke.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Your feedback has been sent. Thank you!').waitFor();
    const record = ingest.log.records.find(({ header }) => header.kind === 'user_report');
    expect(JSON.parse(Buffer.from(record?.payload ?? []).toString())).toEqual({
      event_id: EVENT_ID,
      name: 'Ada',
      email: 'ada@example.com',
      comments: 'It broke.',
    });
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expectClosedMessage();
    expect(complaints).toEqual([]);
  });

  test('what is wrong is said beside its field', async () => {
    await openDialog({ name: 'Ada', email: 'nonsense' });
    await page.getByRole('button', { name: 'Submit Crash Report' }).click();
    await page.getByText('Some fields were invalid. Please correct the errors and try again.').waitFor();
    const email = page.getByLabel('Email');
    expect(await email.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBeNull();
    expect(await focused()).toBe('email');
    await page.getByText('Enter a valid email address.').waitFor();
  });

  test('Escape closes it and gives the focus back', async () => {
    await openDialog();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expectClosedMessage();
    expect(await focused()).toBe('buy');
  });

  test('nobody is kept out, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.reload();
      await openDialog();
      await page.evaluate(axe);
      const violations = await page.evaluate(
        `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ target }) => target.join(' '))))`,
      );
      expect(violations).toEqual([]);
    }
  });

  test('texts of the page are shown as text', async () => {
    const title = '<img src=x onerror="window.evil = true"></script><script>window.evil = true</script>';
    await openDialog({ title, labelName: title, lang: 'de' });
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe(title);
    expect(await page.evaluate('window.evil')).toBeUndefined();
    expect(await page.getByRole('dialog').getAttribute('lang')).toBe('de');
  });
});

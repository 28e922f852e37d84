import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium, skipsForLackOfChromium } from '../e2e/chromium.ts';
import { heightOf, type Look, openPage } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';
import { ISSUES, manyIssues } from './harbor/issues.ts';
import { NOW } from './harbor/moments.ts';
import { PASSWORD } from './harbor/projects.ts';

const ORG = '/organizations/harbor';
const ISSUES_PAGE = `${ORG}/issues/`;
const ISSUE_PAGE = `${ORG}/issues/101/`;
const PAGES: Readonly<Record<string, string>> = {
  issues: ISSUES_PAGE,
  'no issue found': `${ISSUES_PAGE}?query=is:unresolved+nothing-has-this-word`,
  issue: ISSUE_PAGE,
  person: `${ORG}/people/?who=elena@marchetti-studio.it`,
  people: `${ORG}/people/`,
  deploys: `${ORG}/deploys/`,
  system: `${ORG}/system/`,
  setup: `${ORG}/setup/?project=courier`,
  'nothing here': `${ORG}/issues/999/`,
};
const LOOKS: readonly Look[] = [
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 375, theme: 'light' },
  { width: 375, theme: 'dark' },
];

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** What axe holds to be serious or worse, as rule and places. */
async function seriousFindings(page: Page): Promise<readonly Finding[]> {
  // Through the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 200)) })))`);
}

/** Until nothing loads any more: every shape of something to come is gone. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
}

describe.skipIf(skipsForLackOfChromium())('the pages', () => {
  let browser: Browser;
  let server: FixtureServer;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startFixtureServer();
    ({ page, complaints } = await openPage(browser, server.url, { width: 1440, theme: 'light' }));
  });
  afterEach(async () => {
    await page.context().close();
    await server.close();
    expect(complaints).toEqual([]);
  });

  async function open(address: string, to = page): Promise<void> {
    await to.goto(server.url + address);
    await settle(to);
  }

  for (const [name, address] of Object.entries(PAGES)) {
    test(`${name} is accessible, within the policy, and never scrolls sideways, large and small, light and dark`, async () => {
      await open(address);
      for (const look of LOOKS) {
        await page.setViewportSize({ width: look.width, height: heightOf(look) });
        await page.emulateMedia({ colorScheme: look.theme });
        await settle(page);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect({ look, findings: await seriousFindings(page), isWide: width > look.width }).toEqual({
          look,
          findings: [],
          isWide: false,
        });
      }
    });
  }

  test('sign in leads to where one wanted to go, and a wrong password says so', async () => {
    server.story.isLoggedIn = false;
    await open(`${ORG}/deploys/?project=web`);
    await page.waitForURL(/\/login/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Email').fill('mara@harbor.example');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'Email or password is wrong.' }).waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/deploys\/?\?project=web/);
    await page.getByRole('heading', { name: 'Deploys' }).waitFor();
  });

  test('a session that ended asks to sign in', async () => {
    await open(ISSUES_PAGE);
    server.story.isLoggedIn = false;
    await page.keyboard.press('g');
    await page.keyboard.press('y');
    await page.waitForURL(/\/login/);
  });

  test('an address of another site is never where signing in leads', async () => {
    server.story.isLoggedIn = false;
    await open('/login/?next=//elsewhere.example/');
    await page.getByLabel('Email').fill('mara@harbor.example');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${server.url}${ISSUES_PAGE.slice(0, -1)}*`);
  });

  test('the list opens with the deploy that brought issues', async () => {
    await open(ISSUES_PAGE);
    const sentence = await page.locator('.find').innerText();
    expect(sentence).toBe(
      '#412 on web brought 3 issues; WEB-207 alone has hit 187 people since 14:25. See them',
    );
  });

  test('a row says what, since which deploy, how often and how many people', async () => {
    await open(ISSUES_PAGE);
    const row = page.locator('[data-issue="101"]');
    expect((await row.innerText()).split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "TypeError Cannot read properties of undefined (reading 'amount')",
        'New',
        'WEB-207',
      ]),
    );
    await row.getByText('#412').waitFor();
    await row.getByText('3 min after').waitFor();
    expect(await row.locator('.ev').innerText()).toContain('431');
    expect(await row.locator('.pe').innerText()).toContain('187');
  });

  test('text of an event is text, never markup', async () => {
    await open(ISSUES_PAGE);
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  test('j, k and Enter walk the list and open an issue, j goes on to the next', async () => {
    await open(ISSUES_PAGE);
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    const current = page.locator('.rows > li[aria-current=true]');
    expect(await current.count()).toBe(1);
    expect(await current.getAttribute('data-issue')).toBe('103');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/issues\/103/);
    await page.getByText(`2 of ${ISSUES.filter(({ status }) => status === 'unresolved').length}`).waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(/\/issues\/101/);
  });

  test('letters are text in a field', async () => {
    await open(ISSUES_PAGE);
    await page.keyboard.press('/');
    await page.keyboard.type('gi jt');
    expect(await page.getByRole('combobox', { name: 'Search issues' }).inputValue()).toBe('gi jt');
    expect(await page.locator('.rows > li[aria-current=true]').count()).toBe(0);
  });

  test('a search stands in the address, and what is not known is said', async () => {
    await open(ISSUES_PAGE);
    await page.keyboard.press('/');
    await page.keyboard.type('voucher');
    await page.keyboard.press('Enter');
    await page.waitForURL(/query=is%3Aunresolved\+voucher/);
    await settle(page);
    await page.getByRole('combobox').fill('is:wrong');
    await page.keyboard.press('Enter');
    await page.getByText('is:wrong is not known').waitFor();
    expect(await page.getByRole('combobox').getAttribute('aria-invalid')).toBe('true');
  });

  test('selected issues are resolved, and undo brings them back', async () => {
    await open(ISSUES_PAGE);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('toolbar').getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('status').filter({ hasText: 'Resolved WEB-208' }).waitFor();
    await page.locator('[data-issue="102"]').waitFor({ state: 'detached' });
    await page.keyboard.press('u');
    await page.locator('[data-issue="102"]').waitFor();
    expect(server.story.changes).toEqual([
      'PUT /api/0/organizations/harbor/issues/?id=102 {"status":"resolved"}',
      'PUT /api/0/organizations/harbor/issues/?id=102 {"status":"unresolved"}',
    ]);
  });

  test('new events wait behind a button; no row moves by itself', async () => {
    await open(ISSUES_PAGE);
    const [first] = ISSUES;
    if (first === undefined) throw new Error('the story has no issue');
    server.story.arrivals = [
      { ...first, id: '900', shortId: 'WEB-900', count: '4', firstSeen: new Date(NOW).toISOString() },
    ];
    await page.clock.runFor(31_000);
    const fresh = page.getByRole('button', { name: /4 new events in 1 issue/ });
    await fresh.waitFor();
    expect(await page.locator('[data-issue="900"]').count()).toBe(0);
    await page.keyboard.press('.');
    await page.locator('[data-issue="900"]').waitFor();
  });

  test('a long list draws only what is in sight, and goes on by the cursor', async () => {
    server.story.more = manyIssues(400);
    await open(`${ISSUES_PAGE}?statsPeriod=90d`);
    for (const shown of [200, 300, 400]) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.getByText(`${shown}+ issues`).waitFor();
    }
    expect(await page.locator('.rows > li').count()).toBeLessThan(100);
    await page.keyboard.press('G');
    await page.locator('.rows > li[aria-current=true]').waitFor();
    expect(await page.locator('.rows > li').count()).toBeLessThan(100);
  });

  test('an issue says since which deploy and for whom, and opens at the line that failed', async () => {
    await open(ISSUE_PAGE);
    expect(await page.locator('.find').innerText()).toBe(
      'First seen 3 minutes after deploy #412 finished, and never before it. It has hit 187 people in 40 minutes.',
    );
    expect(await page.locator('.ln.hit').first().innerText()).toContain('cart.shipping.quote.amount');
    await page.getByText('{ code: "HARBOR10", kind: "percent", value: 10, freeShipping: false }').waitFor();
    expect(await page.locator('.frames').first().locator('.fn').allInnerTexts()).toEqual([
      'applyVoucher',
      'recalculate',
      'onApply',
    ]);
    await page
      .getByRole('button', { name: 'Called from 17 frames in react-dom and scheduler' })
      .first()
      .click();
    expect(await page.locator('.frames').first().locator('.fn').count()).toBe(20);
  });

  test('crumbs run down to the error, the middle folded', async () => {
    await open(ISSUE_PAGE);
    const crumbs = page.locator('.crumbs > li');
    expect(await crumbs.first().innerText()).toMatch(/−3:12\s+page\s+\/basket → \/checkout\/address/);
    expect(await crumbs.last().innerText()).toMatch(/15:05:52\s+error\s+TypeError/);
    await page.getByRole('button', { name: 'Show 5 collapsed crumbs' }).click();
    expect(await crumbs.count()).toBe(16);
  });

  test('older and newer events are a key away, and stand in the address', async () => {
    await open(ISSUE_PAGE);
    await page.keyboard.press('[');
    await page.waitForURL(/\/events\/b30e09b7/);
    await page.getByText('b30e09b7', { exact: true }).waitFor();
    await page.keyboard.press(']');
    await page.waitForURL(/\/events\/c41f09b7/);
  });

  test('resolving an issue can be undone', async () => {
    await open(ISSUE_PAGE);
    await page.keyboard.press('e');
    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Resolve' }).waitFor();
  });

  test('the person of an event is one click away, with every problem they met', async () => {
    await open(ISSUE_PAGE);
    await page.getByRole('link', { name: 'All that hit this person' }).click();
    await page.getByRole('heading', { name: 'elena@marchetti-studio.it' }).waitFor();
    expect(await page.locator('.fault h3').allInnerTexts()).toHaveLength(4);
    await page.getByText('Safari 27, iPadOS 27', { exact: true }).waitFor();
  });

  test('somebody who is not known is said not to be, with what to do', async () => {
    await open(`${ORG}/people/`);
    await page.getByRole('textbox', { name: /Find a person/ }).fill('nobody@harbor.example');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody by nobody@harbor.example was hit').waitFor();
  });

  test('set up turns to the first event by itself', async () => {
    await open(`${ORG}/setup/?project=courier`);
    await page.getByText('Waiting for the first event').waitFor();
    const [first] = ISSUES;
    if (first === undefined) throw new Error('the story has no issue');
    const courier = { ...first.project, id: '7', slug: 'courier', name: 'courier' };
    server.story.arrivals = [{ ...first, project: courier }];
    await page.clock.runFor(2_500);
    await page.waitForURL(/\/issues\/101/);
  });

  test('the theme is changed by key and by menu, and remembered', async () => {
    const theme = () => page.evaluate<string | null>('document.documentElement.dataset.theme ?? null');
    await open(ISSUES_PAGE);
    expect(await theme()).toBe(null);
    await page.keyboard.press('t');
    await expect.poll(theme).toBe('light');
    await page.getByRole('button', { name: /Mara Lindqvist/ }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await expect.poll(theme).toBe('dark');
    await page.reload();
    expect(await theme()).toBe('dark');
  });

  test('UTC and local time are one switch', async () => {
    await open(`${ORG}/deploys/`);
    const row = page.locator('#deploy-412');
    expect(await row.innerText()).toContain('14:22');
    await page.keyboard.press('z');
    await expect.poll(() => row.innerText()).toContain('15:22');
  });

  test('? lists the keys, and letters can be turned off', async () => {
    await open(ISSUES_PAGE);
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys on this page' });
    await sheet.getByText('UTC or local time').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await sheet.getByLabel('Letters are shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    expect(await page.locator('.rows > li[aria-current=true]').count()).toBe(0);
  });

  test('the scope stands in the address and goes along to other pages', async () => {
    await open(ISSUES_PAGE);
    await page.getByRole('button', { name: /^Project/ }).click();
    await page.getByRole('menuitemradio', { name: 'api' }).click();
    await page.waitForURL(/project=api/);
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL(/\/deploys\/?\?project=api/);
    await page.locator('#deploy-413').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(4);
  });

  test('a server that is away is said once; what was there stays', async () => {
    await open(ISSUES_PAGE);
    await page.context().setOffline(true);
    await page.clock.runFor(31_000);
    await page.getByText(/^No connection since 15:0[67]\./).waitFor();
    await page.locator('[data-issue="101"]').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('No connection since').waitFor({ state: 'detached' });
  });

  test('the System page tells processes, rates and what waits, and replays dead letters', async () => {
    await open(`${ORG}/system/`);
    await page.getByText('7 records wait; the oldest for less than a second.').waitFor();
    const processes = page.getByRole('region', { name: 'Processes' }).last();
    expect(await processes.getByText('Ready').count()).toBe(5);
    expect(await page.locator('.facts').innerText()).toMatch(/Arriving\s+41\.2/);
    const replay = page.getByRole('button', { name: 'Replay 1/30114' });
    await replay.click();
    await page.getByText('1 record will be processed again').waitFor();
    await page.getByText('waits for its turn').waitFor();
    expect(server.story.changes).toEqual(['POST /api/0/system/dead-letters/replay/ {"ids":["1"]}']);
    expect(await page.getByRole('button', { name: 'Replay all' }).isDisabled()).toBe(true);
  });

  test('the chart tells each bin to who walks it by keys', async () => {
    await open(ISSUES_PAGE);
    const cursor = page.getByRole('slider', { name: 'Events over time' });
    await cursor.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await cursor.getAttribute('aria-valuetext')).toMatch(/^14:45 to 15:00: \d+ events$/);
  });
});

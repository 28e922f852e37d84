import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium, skipsForLackOfChromium } from '../e2e/chromium.ts';
import { heightOf, type Look, openPage, redrawn } from './browser.ts';
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
  'issue over the quota': `${ORG}/issues/104/`,
  person: `${ORG}/people/?who=elena@marchetti-studio.it`,
  people: `${ORG}/people/`,
  deploys: `${ORG}/deploys/`,
  outcomes: `${ORG}/outcomes/`,
  system: `${ORG}/system/`,
  setup: `${ORG}/setup/?project=courier`,
  'reference of the API': `${ORG}/api/`,
  'general settings': `${ORG}/settings/general/?project=web`,
  'client keys': `${ORG}/settings/keys/?project=web`,
  'inbound filters': `${ORG}/settings/filters/?project=web`,
  'data scrubbing': `${ORG}/settings/scrubbing/?project=web`,
  'rate limits': `${ORG}/settings/limits/?project=web`,
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

describe.skipIf(skipsForLackOfChromium())('the pages', () => {
  let browser: Browser;
  let server: FixtureServer;
  let page: Page;
  let complaints: string[];
  let settle: () => Promise<void>;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startFixtureServer();
    ({ page, complaints, settle } = await openPage(browser, server.url, { width: 1440, theme: 'light' }));
  });
  afterEach(async () => {
    await page.context().close();
    await server.close();
    expect(complaints).toEqual([]);
  });

  async function open(address: string): Promise<void> {
    await page.goto(server.url + address);
    await settle();
  }

  for (const [name, address] of Object.entries(PAGES)) {
    test(`${name} is accessible, within the policy, and never scrolls sideways, large and small, light and dark`, async () => {
      await open(address);
      for (const look of LOOKS) {
        await page.setViewportSize({ width: look.width, height: heightOf(look) });
        await page.emulateMedia({ colorScheme: look.theme });
        await redrawn(page);
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
    // Browsers leave a tab out of an address.
    for (const elsewhere of [
      '//elsewhere.example/',
      '/%09/elsewhere.example/',
      'https://elsewhere.example/',
    ]) {
      server.story.isLoggedIn = false;
      await open(`/login/?next=${elsewhere}`);
      await page.getByLabel('Email').fill('mara@harbor.example');
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${server.url}${ISSUES_PAGE.slice(0, -1)}*`);
    }
  });

  test('the list opens with the deploy that brought issues', async () => {
    await open(ISSUES_PAGE);
    await page.locator('.find').getByText('187 people').waitFor();
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
    await settle();
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

  test('what people said stands beside the issue, and the files of the event below it', async () => {
    await open(ISSUE_PAGE);
    const said = page.getByRole('region', { name: 'What people said' });
    expect(await said.innerText()).toContain('I pressed pay and the page went <white>.');
    expect(await said.innerText()).toContain('Elena Marsh, elena@marsh.example');
    const file = page.getByRole('link', { name: 'checkout.log' });
    expect(await file.getAttribute('href')).toMatch(/\/events\/[0-9a-f]{32}\/attachments\/1\/\?download$/);
    await open(`${ORG}/issues/103/`);
    expect(await said.count()).toBe(0);
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

  test('settings are saved together, what is refused is said at its field, and a new slug stands in the address', async () => {
    await open(`${ORG}/settings/`);
    await page.waitForURL(/\/settings\/general/);
    await page.getByLabel('Slug').fill('Not a slug');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'must be 1 to 50 lower-case letters' }).waitFor();
    expect(await page.getByLabel('Slug').getAttribute('aria-invalid')).toBe('true');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Slug').fill('shop');
    await page.getByLabel('Keep events for').fill('30');
    await page.keyboard.press('Enter');
    await page.waitForURL(/project=shop/);
    await page.getByRole('heading', { name: 'Settings of shop' }).waitFor();
    const [method, path, body] = (server.story.changes.at(-1) ?? '').split(/ (?=[/{])/);
    expect([method, path, JSON.parse(body ?? '')]).toEqual([
      'PUT',
      '/api/0/projects/harbor/1/',
      {
        name: 'web',
        slug: 'shop',
        platform: 'javascript-react',
        eventRetention: 30,
        allowedDomains: ['harbor.example', '*.harbor.example'],
        storeCrashReports: -1,
      },
    ]);
  });

  test('what is taken back is what was saved last', async () => {
    await open(`${ORG}/settings/general/?project=web`);
    const crashes = page.getByLabel('Crash reports');
    await crashes.selectOption('Keep none');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Something else');
    await page.getByRole('button', { name: 'Take back' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('web');
    expect(await crashes.inputValue()).toBe('0');
    await page.getByRole('button', { name: 'Take back' }).waitFor({ state: 'detached' });
  });

  test('members see the settings and change nothing', async () => {
    server.story.role = 'member';
    await open(`${ORG}/settings/keys/?project=web`);
    await page.getByText('Owners and admins of the organization can change these.').waitFor();
    expect(await page.getByRole('switch', { name: 'Default' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: /^(Delete|Make|Save)/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'General' }).click();
    await page.getByLabel('Allowed domains').waitFor();
    expect(await page.getByLabel('Allowed domains').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: /^(Delete|Save)/ }).count()).toBe(0);
    await open(ISSUE_PAGE);
    await page.getByRole('button', { name: 'Resolve' }).waitFor();
    expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
  });

  test('a project is deleted only when its slug was typed', async () => {
    await open(`${ORG}/settings/general/?project=web`);
    await page.getByRole('button', { name: 'Delete web…' }).click();
    const sheet = page.getByRole('dialog', { name: 'Delete web' });
    expect(await seriousFindings(page)).toEqual([]);
    expect(await sheet.getByRole('button', { name: 'Delete web for ever' }).isDisabled()).toBe(true);
    await sheet.getByRole('textbox').fill('web');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete web…' }).click();
    expect(await sheet.getByRole('button', { name: 'Delete web for ever' }).isDisabled()).toBe(true);
    await sheet.getByRole('textbox').fill('web');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/issues/);
    expect(server.story.changes).toEqual(['DELETE /api/0/projects/harbor/1/ undefined']);
  });

  test('a key is switched off and on again, limited, made and deleted', async () => {
    await open(`${ORG}/settings/keys/?project=web`);
    const key = page.getByRole('switch', { name: 'Default' });
    await key.focus();
    await page.keyboard.press('Space');
    await page.getByText('Default is off: its events are refused').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => key.isChecked()).toBe(true);
    await page.getByText('Limit and other addresses').last().click();
    const limit = page.getByRole('form', { name: 'Limit of Kiosk' });
    await limit.getByLabel('At most').fill('100');
    await limit.getByRole('button', { name: 'Save' }).click();
    await page.getByText('at most 100 events every minute').waitFor();
    await page.getByLabel('Name of the new key').fill('App');
    await page.keyboard.press('Enter');
    await page.getByRole('switch', { name: 'App' }).waitFor();
    await page.getByRole('button', { name: 'Delete the key Kiosk…' }).click();
    await page.getByRole('button', { name: 'Delete the key', exact: true }).click();
    await page.getByRole('switch', { name: 'Kiosk' }).waitFor({ state: 'detached' });
    expect(server.story.changes).toEqual([
      'PUT /api/0/projects/harbor/1/keys/1/ {"isActive":false}',
      'PUT /api/0/projects/harbor/1/keys/1/ {"isActive":true}',
      'PUT /api/0/projects/harbor/1/keys/9/ {"rateLimit":{"count":100,"window":60}}',
      'POST /api/0/projects/harbor/1/keys/ {"name":"App"}',
      'DELETE /api/0/projects/harbor/1/keys/9/ undefined',
    ]);
  });

  test('of very many keys some are shown, and more when asked for', async () => {
    const [key] = server.story.settings.keys;
    if (key === undefined) throw new Error('the story has a key');
    server.story.settings.keys = Array.from({ length: 130 }, (_, n) => ({
      ...key,
      id: String(n + 1),
      name: `App ${n + 1}`,
      isActive: n === 129,
    }));
    await open(`${ORG}/settings/keys/?project=web`);
    expect(await page.getByRole('switch').count()).toBe(100);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('switch', { name: 'App 130' }).waitFor();
    expect(await page.getByRole('switch').count()).toBe(130);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    await page.getByRole('switch', { name: 'App 130' }).click();
    await page.getByText('App 130 is off: its events are refused').waitFor();
    expect(server.story.changes).toEqual(['PUT /api/0/projects/harbor/1/keys/130/ {"isActive":false}']);
  });

  test('filters say what they kept out, and change at once', async () => {
    await open(`${ORG}/settings/filters/?project=web`);
    await page.getByText('Filters kept out 1,575 events in the last 24 hours.').waitFor();
    await page.getByRole('switch', { name: 'Localhost' }).click();
    await page.getByText('Localhost: on').waitFor();
    await page.getByLabel('Chrome to 110').click();
    await expect.poll(() => page.getByLabel('Chrome to 110').isChecked()).toBe(true);
    await page.getByRole('switch', { name: 'React hydration errors' }).click();
    await page.getByText('React hydration errors: on').waitFor();
    await page.getByLabel('Releases').fill('1.*');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Let in again/ }).click();
    await page.getByText('Discarded issues').waitFor({ state: 'detached' });
    expect(server.story.changes.map((change) => change.replace('/api/0/projects/harbor/1/', ''))).toEqual([
      'PUT filters/localhost/ {"active":true}',
      'PUT filters/legacy-browsers/ {"subfilters":["ie","safari","chrome"]}',
      'PUT  {"options":{"filters:react-hydration-errors":true}}',
      'PUT  {"options":{"filters:error_messages":"ResizeObserver loop*","filters:releases":"1.*","filters:blacklisted_ips":"","sentry:csp_ignored_sources":""}}',
      'DELETE tombstones/3/ undefined',
    ]);
  });

  test('scrubbing rules are tried before they are saved', async () => {
    await open(`${ORG}/settings/scrubbing/?project=web`);
    await page.getByLabel('Also take out').fill('order');
    await page.getByRole('button', { name: 'Show what is stored' }).click();
    await page.getByText('"password": "[Filtered]"').waitFor();
    await page.getByText('extra.password by @password:filter').waitFor();
    const [change] = server.story.changes;
    expect(change).toContain('POST /api/0/projects/harbor/1/scrubbing/try/');
    expect(change).toContain('"sensitiveFields":["order"],"safeFields":["author"]');
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('button', { name: 'Show what is stored' }).click();
    await expect.poll(() => server.story.changes.length).toBe(2);
    expect(server.story.changes[1]).not.toContain('"sensitiveFields":["order"]');
    await page.getByLabel('An event').fill('{');
    await page.getByRole('button', { name: 'Show what is stored' }).click();
    await page.getByRole('alert').filter({ hasText: 'The event is not JSON.' }).waitFor();
    await page.getByLabel('Advanced rules').fill('[');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'must be a JSON object' }).waitFor();
  });

  test('limits are added, changed and saved together', async () => {
    await open(`${ORG}/settings/limits/?project=web`);
    await page.getByRole('button', { name: 'Add a limit' }).click();
    const third = page.getByRole('group', { name: 'Limit 3' });
    await third.getByLabel('At most').fill('50');
    await third.getByLabel('Of', { exact: true }).selectOption('Sessions');
    await third.getByLabel('Every').selectOption('minute');
    await third.getByLabel('For').selectOption('each key');
    await page.getByRole('button', { name: 'Remove limit 2' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    expect(server.story.settings.quotas).toEqual([
      expect.objectContaining({ id: 'events', limit: 20_000 }),
      {
        id: 'limit-3',
        categories: ['session'],
        scope: 'key',
        limit: 50,
        window: 60,
        reasonCode: 'key_quota',
      },
    ]);
  });

  test('all that people said is shown on demand', async () => {
    await open(`${ORG}/issues/102/`);
    const said = page.getByRole('region', { name: 'What people said' });
    expect(await said.getByRole('listitem').count()).toBe(5);
    await said.getByRole('button', { name: 'Show all 7' }).click();
    await said.getByText('It broke, says 7.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('an issue is deleted, or discarded, after a question', async () => {
    await open(ISSUE_PAGE);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete and discard future events…' }).click();
    const sheet = page.getByRole('dialog', { name: 'Delete WEB-207' });
    await sheet.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await sheet.getByRole('button', { name: 'Delete and discard' }).click();
    await page.waitForURL(/\/issues\/?(\?|$)/);
    await page.getByText('Discarded WEB-207').waitFor();
    await open(ISSUE_PAGE);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete for ever' }).click();
    await page.getByText('Deleted WEB-207').waitFor();
    expect(server.story.changes).toEqual([
      'PUT /api/0/projects/harbor/1/issues/?id=101 {"discard":true}',
      'DELETE /api/0/organizations/harbor/issues/101/ undefined',
    ]);
  });

  test('the outcomes say in a sentence what was kept, why the rest was not, and the chart as a table', async () => {
    await open(`${ORG}/outcomes/?items=errors`);
    const told = await page.getByRole('heading', { level: 1 }).innerText();
    expect(told).toMatch(/^[0-9.]+\s%\sof what we received was kept$/);
    const sum = (await page.getByRole('math').getAttribute('aria-label')) ?? '';
    const numbers = (sum.match(/[0-9,]+/g) ?? []).map((text) => Number(text.replaceAll(',', '')));
    expect(numbers.slice(1).reduce((total, part) => total + part, 0)).toBe(numbers[0]);
    await page.getByText('Quota spent').first().waitFor();
    await page.getByText('rate_limited shed').waitFor();
    await page.getByRole('radio', { name: 'By reason' }).click();
    await page.waitForURL(/by=reason/);
    await page.locator('.legend').getByText('Browser extension').waitFor();
    await page.getByText('Show as table').click();
    const table = page.getByRole('table');
    expect(await table.getByRole('columnheader').allInnerTexts()).toContain('Quota spent');
    expect(await table.getByRole('row').count()).toBe(26);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: /^Period/ }).click();
    await page.getByRole('menuitemradio', { name: 'Last 30 days' }).click();
    await page.getByRole('heading', { name: 'Received per day' }).waitFor();
    await settle();
    await page.getByRole('slider', { name: 'Items over time' }).focus();
    await page.keyboard.press('ArrowLeft');
    const bin = await page.getByRole('slider', { name: 'Items over time' }).getAttribute('aria-valuetext');
    expect(bin).toMatch(/^19 Nov: [0-9,]+ accepted/);
  });

  test('the chart tells each bin to who walks it by keys', async () => {
    await open(ISSUES_PAGE);
    const cursor = page.getByRole('slider', { name: 'Events over time' });
    await cursor.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await cursor.getAttribute('aria-valuetext')).toMatch(/^14:45 to 15:00: \d+ events$/);
  });

  test('the chart says of what was shed about how many came, and counts only what is stored', async () => {
    await open(`${ORG}/issues/104/`);
    await page.getByText('About what came').waitFor();
    await page.getByRole('group', { name: /^\d+ events of about [\d,]+ that came, of this issue/ }).waitFor();
    const cursor = page.getByRole('slider', { name: 'Events over time' });
    await cursor.focus();
    await page.keyboard.press('ArrowLeft');
    const [, stored, came] =
      /: (\d+) events of about (\d+) that came$/.exec((await cursor.getAttribute('aria-valuetext')) ?? '') ??
      [];
    expect(Number(came)).toBe(20 * Number(stored));
    await page.keyboard.press('PageUp');
    await page.keyboard.press('PageUp');
    expect(await cursor.getAttribute('aria-valuetext')).toMatch(/: \d+ events$/);
    await open(ISSUE_PAGE);
    expect(await page.getByText('About what came').count()).toBe(0);
  });
});

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium } from '../e2e/chromium.ts';
import { openPage } from './browser.ts';
import { startFixtureServer } from './fixture-server.ts';

/** Photographs every page in both themes and sizes: `node test/pages/screenshots.ts [folder] [page…]`. */
const PAGES: Readonly<Record<string, string>> = {
  issues: '/organizations/harbor/issues/',
  issue: '/organizations/harbor/issues/101/?statsPeriod=6h',
  'issue-over-quota': '/organizations/harbor/issues/104/',
  person: '/organizations/harbor/people/?who=elena@marchetti-studio.it',
  people: '/organizations/harbor/people/',
  deploys: '/organizations/harbor/deploys/',
  outcomes: '/organizations/harbor/outcomes/',
  'outcomes-by-reason': '/organizations/harbor/outcomes/?items=errors&by=reason&statsPeriod=30d',
  system: '/organizations/harbor/system/',
  settings: '/organizations/harbor/settings/general/?project=web',
  keys: '/organizations/harbor/settings/keys/?project=web',
  filters: '/organizations/harbor/settings/filters/?project=web',
  scrubbing: '/organizations/harbor/settings/scrubbing/?project=web',
  limits: '/organizations/harbor/settings/limits/?project=web',
  reference: '/organizations/harbor/api/',
  setup: '/organizations/harbor/setup/?project=courier',
  empty: '/organizations/harbor/issues/?query=is:unresolved+level:info+nothing',
  login: '/login/',
};

const [folder = '/tmp/shots', ...wanted] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const server = await startFixtureServer();
const browser = await launchChromium();
try {
  for (const [name, address] of Object.entries(PAGES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const width of [1440, 900, 375]) {
      for (const theme of ['light', 'dark'] as const) {
        server.story.isLoggedIn = name !== 'login';
        const { page, complaints, settle } = await openPage(browser, server.url, { width, theme });
        await page.goto(server.url + address);
        await settle();
        const file = join(folder, `${name}-${width}-${theme}.png`);
        await page.screenshot({ path: file, fullPage: true });
        for (const complaint of complaints) process.stdout.write(`${name}: ${complaint}\n`);
        await page.context().close();
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}

import type { Browser, Page, Request } from 'playwright-core';
import { NOW } from './harbor/moments.ts';

export interface Look {
  readonly width: number;
  readonly theme: 'light' | 'dark';
}

/** Height of the window that goes with a width. */
export function heightOf({ width }: Look): number {
  return width < 768 ? 812 : 900;
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors, refusals of the security policy, foreign requests. */
  readonly complaints: string[];
  /**
   * Until nothing loads any more: no request is under way, and every shape of something to come is gone. Playwright's own waits half a
   * second for a request that might follow.
   */
  settle(): Promise<void>;
}

/** A page at the story's present, in UTC. */
export async function openPage(browser: Browser, url: string, look: Look): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: heightOf(look) },
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Rome',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.clock.install({ time: NOW });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
  });
  const underWay = new Set<Request>();
  page.on('request', (request) => void underWay.add(request));
  page.on('requestfinished', (request) => void underWay.delete(request));
  page.on('requestfailed', (request) => void underWay.delete(request));
  const settle = async (): Promise<void> => {
    await page.waitForLoadState('load');
    do {
      // On a slow machine the page has not begun to draw, and to ask, when its files are there.
      await page.locator('h1').first().waitFor({ state: 'attached' });
      await redrawn(page);
      await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    } while (underWay.size > 0);
  };
  return { page, complaints, settle };
}

/** Until what the page has changed is on the screen. */
export async function redrawn(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
  );
}

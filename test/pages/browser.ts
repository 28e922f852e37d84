import type { Browser, Page } from 'playwright-core';
import { NOW } from './harbor/moments.ts';

export interface Look {
  readonly width: number;
  readonly theme: 'light' | 'dark';
}

/** Height of the window that goes with a width. */
export function heightOf({ width }: Look): number {
  return width < 768 ? 812 : 900;
}

/** A page at the story's present, in UTC. `complaints` gathers errors, refusals of the security policy, foreign requests. */
export async function openPage(
  browser: Browser,
  url: string,
  look: Look,
): Promise<{ page: Page; complaints: string[] }> {
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
  return { page, complaints };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page, Response } from 'playwright-core';
import { build } from 'vite';
import { eventOf, type SentEvent } from './recorder.ts';

const STOREFRONT = join(import.meta.dirname, 'programs', 'storefront');
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript' };
const PATIENCE_MS = 60_000;

export interface Storefront {
  /** Another origin than ingest, so that the browser asks for leave (CORS). */
  readonly url: string;
  close(): Promise<void>;
}

/** A page with an unmodified SDK for browsers, bundled as applications bundle it, on a port of its own. */
export async function serveStorefront(folder = STOREFRONT): Promise<Storefront> {
  const files = await bundle(folder);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const text = files.get(name);
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
    if (text === undefined || type === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', type).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** By path: the page and its scripts, the SDK in a file of its own. */
async function bundle(root: string): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rolldownOptions: {
        output: {
          entryFileNames: 'assets/[name].js',
          chunkFileNames: 'assets/[name].js',
          codeSplitting: { groups: [{ name: 'sentry', test: /node_modules/ }] },
        },
      },
    },
  });
  if (!('output' in result)) throw new Error('the storefront was not built');
  return new Map(
    result.output.map((file) => [
      file.fileName,
      file.type === 'chunk' ? file.code : Buffer.from(file.source).toString('utf8'),
    ]),
  );
}

/** A person's browser on the storefront. */
export async function openStorefront(
  browser: Browser,
  options: { readonly url: string; readonly dsn: string; readonly release: string },
): Promise<Page> {
  const page = await browser.newPage();
  const query = new URLSearchParams({ dsn: options.dsn, release: options.release });
  await page.goto(`${options.url}?${query}`);
  return page;
}

export interface BrowserSent {
  readonly event: SentEvent;
  readonly body: Buffer;
  readonly response: Response;
}

/** Presses a button; resolves to the event that the SDK sent and its answer. */
export async function press(page: Page, button: string): Promise<BrowserSent> {
  const bodyOf = (answer: Response): Buffer => answer.request().postDataBuffer() ?? Buffer.alloc(0);
  const answered = page.waitForResponse(
    (answer) =>
      answer.request().method() === 'POST' &&
      answer.url().includes('/envelope/') &&
      eventOf(bodyOf(answer), undefined) !== undefined,
    { timeout: PATIENCE_MS },
  );
  await page.click(button);
  const response = await answered;
  const body = bodyOf(response);
  const event = eventOf(body, undefined);
  if (event === undefined) throw new Error('the envelope has no event');
  return { event, body, response };
}

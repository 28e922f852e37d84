import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import { build } from 'vite';

const STOREFRONT = join(import.meta.dirname, 'storefront');
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  map: 'application/json',
};
const SENT_MS = 15_000;

/** Path of a Chromium on this machine. */
export function findChromium(): string | undefined {
  return PLACES.find((path) => existsSync(path));
}

/** Opens the shop's payment page and applies a voucher; resolves when the browser's SDK has sent its error. */
export async function visitStorefront(options: {
  readonly chromium: string;
  readonly dsn: string;
  readonly release: string;
}): Promise<void> {
  const server = await serve(await bundle());
  const browser = await playwright.launch({
    executablePath: options.chromium,
    // Chromium's sandbox refuses to run as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const page = await browser.newPage();
    const query = new URLSearchParams({ dsn: options.dsn, release: options.release });
    await page.goto(`http://127.0.0.1:${port}/checkout/payment?${query}`);
    const sent = page.waitForResponse((response) => /\/envelope\/.*/.test(response.url()) && response.ok(), {
      timeout: SENT_MS,
    });
    await page.click('#apply');
    await sent;
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

/** By path: the page and its scripts; the SDK in a file of its own, so that the shop's code stays readable. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    root: STOREFRONT,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      sourcemap: true,
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

function serve(files: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/api/')) {
      // What 5.31.0 answers while there is no address: no shipping.
      response.setHeader('content-type', 'application/json').end('{"totals":{"goods":2900}}');
      return;
    }
    const name = pathname.startsWith('/assets/') ? pathname.slice(1) : 'index.html';
    const text = files.get(name);
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain';
    if (text === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', type).end(text);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

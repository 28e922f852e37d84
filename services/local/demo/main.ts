import { z } from 'zod';
import { readConfig } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { CulpritApi } from './culprit-api.ts';
import { runShop } from './run-shop.ts';
import { findChromium, visitStorefront } from './visit-storefront.ts';

const OLD = 'shop@5.30.2';
const NEW = 'shop@5.31.0';
const PERSON = 'elena@marchetti-studio.it';
/** What the story adds to the issues: part of a title, events. */
const OF_SHOP = [
  ['CheckoutError', 5],
  ['RangeError', 2],
  ['PaymentDeclinedError', 4],
  ['SyntaxError', 2],
  ['StockUnknownError', 4],
] as const;
const OF_BROWSER = ["TypeError: Cannot read properties of undefined (reading 'amount')", 1] as const;

const firstRunSchema = z.object({
  url: z.string(),
  dsn: z.string(),
  organization: z.string(),
  project: z.string(),
  token: z.string(),
});

const config = readConfig();
const firstRun = await readFirstRun();
const api = new CulpritApi(firstRun);

const before = await api.issues();
say('A shop runs 5.30.2 in production.');
await api.deploy(OLD, 'production');
await runShop({ dsn: firstRun.dsn, release: OLD });
say('Five people shopped; four kinds of errors, the usual ones.');

say('5.31.0 goes out: vouchers may now be entered before the address.');
await api.deploy(NEW, 'production');
await runShop({ dsn: firstRun.dsn, release: NEW });
const chromium = findChromium();
if (chromium === undefined) {
  say('There is no Chromium on this machine: the part of the story in a browser is left out.');
} else {
  await visitStorefront({ chromium, dsn: firstRun.dsn, release: NEW });
  say('Elena pressed “Apply voucher” in her browser, too.');
}

const issues = await api.waitForMore(before, chromium === undefined ? OF_SHOP : [...OF_SHOP, OF_BROWSER]);
say(`Culprit has ${issues.length} issues. New with 5.31.0:`);
for (const issue of issues.filter(({ firstRelease }) => firstRelease?.version === NEW)) {
  process.stdout.write(
    `    ${issue.title}: ${issue.count} events, ${issue.userCount} people\n    ${issue.permalink}\n`,
  );
}
process.stdout.write(
  `\n  All issues             ${api.issuesLink()}\n  What Elena ran into    ${api.personLink(PERSON)}\n\n`,
);

async function readFirstRun(): Promise<z.infer<typeof firstRunSchema>> {
  const file = await new DataFolder(config.dataFolder).firstRun();
  const parsed = firstRunSchema.safeParse(file);
  if (parsed.success && (await isUp(parsed.data.url))) return parsed.data;
  process.stderr.write(
    `Nothing runs on ${config.dataFolderName}. Start it first, in another terminal: npm start\n`,
  );
  process.exit(1);
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.body?.cancel().then(() => true) ?? true,
    () => false,
  );
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** No sandbox because it refuses to work for root; nothing that calls home; no QUIC, which proxies do not see. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * True where there is no Chromium, after one line that says so.
 *
 * @throws where CULPRIT_REQUIRE names chromium: a machine that should have it must not skip quietly.
 */
export function skipsForLackOfChromium(): boolean {
  try {
    accessSync(EXECUTABLE, constants.X_OK);
    return false;
  } catch (cause) {
    if ((process.env.CULPRIT_REQUIRE ?? '').split(',').includes('chromium')) {
      throw new Error(`CULPRIT_REQUIRE names chromium, and there is none at ${EXECUTABLE}`, { cause });
    }
    process.stdout.write(`skipped: there is no chromium at ${EXECUTABLE}\n`);
    return true;
  }
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
}

import type { LegacyBrowser } from '@culprit/protocol';
import { type BrowserFamily, readUserAgent } from './user-agents.ts';

type VersionTest = (major: number) => boolean;
const upTo =
  (last: number): VersionTest =>
  (major) =>
    major <= last;
const only =
  (one: number): VersionTest =>
  (major) =>
    major === one;

/** What each name of the settings stands for. */
const LEGACY: Readonly<Record<LegacyBrowser, readonly [BrowserFamily, VersionTest]>> = {
  ie: ['IE', upTo(11)],
  edge: ['Edge', upTo(110)],
  safari: ['Safari', upTo(15)],
  firefox: ['Firefox', upTo(110)],
  chrome: ['Chrome', upTo(110)],
  opera: ['Opera', upTo(99)],
  android: ['Android', upTo(3)],
  opera_mini: ['Opera Mini', upTo(34)],
  ie_pre_9: ['IE', upTo(8)],
  ie9: ['IE', only(9)],
  ie10: ['IE', only(10)],
  ie11: ['IE', only(11)],
  safari_pre_6: ['Safari', upTo(5)],
  opera_pre_15: ['Opera', upTo(14)],
  opera_mini_pre_8: ['Opera Mini', upTo(7)],
  android_pre_4: ['Android', upTo(3)],
  edge_pre_79: ['Edge', upTo(78)],
};
const BY_NAME: ReadonlyMap<string, readonly [BrowserFamily, VersionTest]> = new Map(Object.entries(LEGACY));

/** A test of a User-Agent for the named browsers; undefined when none is known. Unknown names match nothing. */
export function compileLegacyBrowsers(
  names: readonly string[],
): ((userAgent: string) => boolean) | undefined {
  const tests = names.flatMap((name) => {
    const test = BY_NAME.get(name);
    return test === undefined ? [] : [test];
  });
  if (tests.length === 0) return undefined;
  return (userAgent) => {
    const { browser } = readUserAgent(userAgent);
    return (
      browser !== undefined &&
      tests.some(([family, test]) => family === browser.family && test(browser.major))
    );
  };
}

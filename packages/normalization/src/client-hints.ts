import type { ClientHints } from '@culprit/protocol';
import { deviceOfModel, type UserAgentFacts } from './user-agent.ts';

/** Longer is no header of a browser. */
const MAX_CHARS = 500;

/**
 * What the client hints of a browser tell (`sec-ch-ua…`), in the names of uap-core; where they are silent, what the User-Agent told. Of the system, the
 * version comes from the User-Agent when both name the same one: few browsers send it unasked.
 */
export function readClientHints(hints: ClientHints, told: UserAgentFacts): UserAgentFacts {
  const browser = brandOf(hints['sec-ch-ua']) ?? told.browser;
  const os = systemOf(hints, told.os) ?? told.os;
  const device = modelOf(hints) ?? told.device;
  return { ...(browser && { browser }), ...(os && { os }), ...(device && { device }) };
}

const BRANDS: ReadonlyMap<string, string> = new Map([
  ['Google Chrome', 'Chrome'],
  ['Microsoft Edge', 'Edge'],
  ['YaBrowser', 'Yandex Browser'],
  ['Yandex', 'Yandex Browser'],
  ['Android WebView', 'Chrome Mobile WebView'],
]);

/** The first brand that is neither the engine nor the one that is made up to keep readers tolerant (`Not A;Brand`). */
function brandOf(list: string | undefined): UserAgentFacts['browser'] {
  for (const item of (list ?? '').slice(0, MAX_CHARS).split(',')) {
    if (['Brand', 'Chromium', 'Gecko', 'WebKit'].some((word) => item.includes(word))) continue;
    const [, name, , version] = item.split('"');
    if (name && version) return { name: BRANDS.get(name) ?? name, version };
  }
  return undefined;
}

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['macOS', 'Mac OS X'],
  ['Chromium OS', 'Chrome OS'],
]);

function systemOf(hints: ClientHints, told: UserAgentFacts['os']): UserAgentFacts['os'] {
  const platform = unquoted(hints['sec-ch-ua-platform']);
  if (platform === '' || platform === 'Unknown') return undefined;
  const name = SYSTEMS.get(platform) ?? platform;
  const sent = unquoted(hints['sec-ch-ua-platform-version']);
  const version = sent === '' ? undefined : name === 'Windows' ? windowsVersion(sent) : sent;
  const known = version ?? (told?.name === name ? told.version : undefined);
  return known === undefined ? { name } : { name, version: known };
}

/** By the table of the browsers' makers: 13 and later is Windows 11. */
function windowsVersion(version: string): string {
  const major = Number(version.split('.', 1)[0]);
  if (major >= 13) return '11';
  if (major >= 1) return '10';
  return { '0.1': '7', '0.2': '8', '0.3': '8.1' }[version.split('.').slice(0, 2).join('.')] ?? version;
}

function modelOf(hints: ClientHints): UserAgentFacts['device'] {
  const model = unquoted(hints['sec-ch-ua-model']);
  return model === '' ? undefined : deviceOfModel(model);
}

function unquoted(value: string | undefined): string {
  return (value ?? '').slice(0, MAX_CHARS).replaceAll('"', '').trim();
}

import UAParser from 'ua-parser-js';

/** What a User-Agent tells, in the names of uap-core, which are the ones that people know from Sentry. */
export interface UserAgentFacts {
  readonly browser?: { readonly name: string; readonly version?: string };
  readonly os?: { readonly name: string; readonly version?: string };
  readonly device?: { readonly family: string; readonly model: string; readonly brand: string };
}

/** Parsed once each: 20 to 60 µs for one parse. At most 500 characters each: 4 MB or less. */
const MAX_REMEMBERED = 4_000;
const MAX_USER_AGENT_CHARS = 500;
const remembered = new Map<string, UserAgentFacts>();

/** Browser, operating system and device of a User-Agent. A memo of the last 4,000 makes no difference but in time. */
export function parseUserAgent(userAgent: string): UserAgentFacts {
  const key = userAgent.slice(0, MAX_USER_AGENT_CHARS);
  let facts = remembered.get(key);
  if (facts === undefined) {
    facts = readFacts(key);
    if (remembered.size >= MAX_REMEMBERED) {
      const oldest = remembered.keys().next().value;
      if (oldest !== undefined) remembered.delete(oldest);
    }
  } else {
    remembered.delete(key);
  }
  remembered.set(key, facts);
  return facts;
}

/** ua-parser-js → uap-core, where the phone's browser has the name of the desktop's. */
const BROWSER_NAMES: ReadonlyMap<string, string> = new Map([
  ['Chrome Headless', 'HeadlessChrome'],
  ['Chrome WebView', 'Chrome Mobile WebView'],
  ['Android Browser', 'Android'],
  ['Opera Mobi', 'Opera Mobile'],
  ['IEMobile', 'IE Mobile'],
  ['Yandex', 'Yandex Browser'],
  ['UCBrowser', 'UC Browser'],
  ['MIUI Browser', 'MiuiBrowser'],
  ['Silk', 'Amazon Silk'],
  ['GSA', 'Google'],
  ['QQBrowser', 'QQ Browser'],
  ['QQBrowserLite', 'QQ Browser'],
  ['WebKit', 'Mobile Safari UI/WKWebView'],
]);

const OS_NAMES: ReadonlyMap<string, string> = new Map([
  ['Mac OS', 'Mac OS X'],
  ['Chromium OS', 'Chrome OS'],
  ['KAIOS', 'KaiOS'],
  ['BlackBerry', 'BlackBerry OS'],
]);

const WINDOWS_NAMES: ReadonlyMap<string, string> = new Map([
  ['NT 5.1', 'XP'],
  ['NT 6.0', 'Vista'],
]);

/** Programs that fetch for programs, by the first word of their User-Agent. */
const HTTP_CLIENTS: ReadonlyMap<string, string> = new Map([
  ['python-requests', 'Python Requests'],
  ...[
    'Apache-HttpClient',
    'Go-http-client',
    'PostmanRuntime',
    'Python-urllib',
    'Wget',
    'axios',
    'curl',
    'okhttp',
    'reqwest',
  ].map((name): [string, string] => [name, name]),
]);

const PRODUCT = /^(?<name>[A-Za-z][\w-]{0,50})\/(?<version>\d[\d.]{0,20})$/;

/** A robot or a library, which says so in one of its words; undefined for what a person uses. */
function programOf(userAgent: string): UserAgentFacts | undefined {
  const words = userAgent.split(/[ ;()]/);
  for (let i = 0; i < words.length; i++) {
    const { name = '', version } = PRODUCT.exec(words[i] ?? '')?.groups ?? {};
    if (/(?:bot|spider)$/i.test(name)) {
      return {
        browser: named(name, firstThree(version)),
        device: { family: 'Spider', model: 'Desktop', brand: 'Spider' },
      };
    }
    const client = i === 0 ? HTTP_CLIENTS.get(name) : undefined;
    if (client !== undefined) return { browser: named(client, firstThree(version)) };
  }
  return undefined;
}

function readFacts(userAgent: string): UserAgentFacts {
  const program = programOf(userAgent);
  if (program !== undefined) return program;
  const parsed = new UAParser(userAgent).getResult();
  const browser = parsed.browser.name;
  const os = parsed.os.name;
  const mobile = parsed.device.type === 'mobile' || parsed.device.type === 'tablet';
  const device = deviceOf(userAgent, parsed.device);
  return {
    ...(browser === undefined
      ? {}
      : { browser: named(browserName(browser, os, mobile, userAgent), browserVersion(parsed)) }),
    ...(os === undefined ? {} : { os: named(OS_NAMES.get(os) ?? os, osVersion(os, parsed.os.version)) }),
    ...(device === undefined ? {} : { device }),
  };
}

function named(name: string, version: string | undefined): { name: string; version?: string } {
  return version === undefined ? { name } : { name, version };
}

/** A web view on iOS has no version but that of the system. */
function browserVersion({ browser, os }: UAParser.IResult): string | undefined {
  return firstThree(browser.name === 'WebKit' && os.name === 'iOS' ? os.version : browser.version);
}

function browserName(name: string, os: string | undefined, mobile: boolean, userAgent: string): string {
  if (name === 'Chrome' && os === 'iOS') return 'Chrome Mobile iOS';
  if (name === 'Chrome') return mobile && userAgent.includes('Mobile') ? 'Chrome Mobile' : 'Chrome';
  if (name === 'Firefox' && os === 'iOS') return 'Firefox iOS';
  if (name === 'Mobile Firefox' || (name === 'Firefox' && mobile)) return 'Firefox Mobile';
  if (name === 'Edge' && mobile) return 'Edge Mobile';
  if (name === 'Opera' && mobile) return 'Opera Mobile';
  if (name === 'WebKit' && os !== 'iOS') return 'WebKit';
  return BROWSER_NAMES.get(name) ?? name;
}

/** `major.minor.patch`: what comes after changes too often to tell anything. */
function firstThree(version: string | undefined): string | undefined {
  if (version === undefined || version === '') return undefined;
  return version.split('.').slice(0, 3).join('.');
}

/** Browsers have frozen these two: the real version may be newer. */
function osVersion(name: string, raw: string | undefined): string | undefined {
  const version = firstThree(raw);
  if (version === undefined) return undefined;
  if (name === 'Mac OS' && version === '10.15.7') return '>=10.15.7';
  if (name === 'Windows') return version === '10' ? '>=10' : (WINDOWS_NAMES.get(version) ?? version);
  return version;
}

function deviceOf(userAgent: string, device: UAParser.IDevice): UserAgentFacts['device'] | undefined {
  const { model, vendor } = device;
  if (vendor === 'Apple' && model !== undefined) {
    const family = model === 'Macintosh' ? 'Mac' : model;
    return { family, model: family, brand: 'Apple' };
  }
  const android = userAgent.indexOf('Android ');
  if (android >= 0) return androidDevice(userAgent.slice(android), vendor);
  return model === undefined || vendor === undefined
    ? undefined
    : { family: `${vendor} ${model}`, model, brand: vendor };
}

/** The device that calls itself so in a client hint. */
export function deviceOfModel(model: string): NonNullable<UserAgentFacts['device']> {
  const facts = parseUserAgent(
    `Mozilla/5.0 (Linux; Android 10; ${model.replaceAll(';', ' ').replaceAll(')', ' ')}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36`,
  );
  const brand = facts.device?.brand ?? 'Generic_Android';
  return { family: facts.device?.family ?? model, model, brand };
}

function androidDevice(rest: string, vendor: string | undefined): UserAgentFacts['device'] | undefined {
  const model = androidModel(rest);
  if (model === undefined) return { family: 'Generic Smartphone', model: 'Smartphone', brand: 'Generic' };
  if (vendor === 'Google' || vendor === 'Generic' || vendor === undefined) {
    return { family: model, model, brand: vendor === 'Google' ? 'Google' : 'Generic_Android' };
  }
  const family = model.toLowerCase().startsWith(vendor.toLowerCase()) ? model : `${vendor} ${model}`;
  return { family, model, brand: vendor };
}

/** What stands between `Android 14;` and the bracket and is no word of the browser. */
const NO_MODEL = /^(?:wv|U|Mobile|Tablet|rv:.*|[a-z]{2}(?:[-_][a-zA-Z]{2})?)$/;

function androidModel(rest: string): string | undefined {
  const end = rest.indexOf(')');
  for (const part of rest
    .slice(0, end < 0 ? rest.length : end)
    .split(';')
    .slice(1)) {
    const model = (part.split(' Build/', 1)[0] ?? '').trim();
    if (model !== '' && !NO_MODEL.test(model)) return model.startsWith('SAMSUNG ') ? model.slice(8) : model;
  }
  return undefined;
}

/** Browsers that filters know, by the names that uap-core gives them: `Chrome` is only the one of desktops, `Safari` likewise. */
export type BrowserFamily =
  | 'IE'
  | 'Edge'
  | 'Safari'
  | 'Firefox'
  | 'Chrome'
  | 'Opera'
  | 'Android'
  | 'Opera Mini';

/** What filters ask of a User-Agent. */
export interface UserAgentFacts {
  readonly browser: { readonly family: BrowserFamily; readonly major: number } | undefined;
  readonly isCrawler: boolean;
}

/** Longer ones are cut. */
const MAX_CHARS = 1_000;
/** 4 MB at most. */
const MAX_REMEMBERED = 2_000;
const remembered = new Map<string, UserAgentFacts>();

/** Browser and crawler of a User-Agent. The last 2,000 are remembered, which makes no difference but in time. */
export function readUserAgent(userAgent: string): UserAgentFacts {
  const key = userAgent.slice(0, MAX_CHARS);
  let facts = remembered.get(key);
  if (facts === undefined) {
    facts = { browser: browserOf(key), isCrawler: isCrawler(key.toLowerCase()) };
    if (remembered.size >= MAX_REMEMBERED) {
      const oldest = remembered.keys().next().value;
      if (oldest !== undefined) remembered.delete(oldest);
    }
    remembered.set(key, facts);
  }
  return facts;
}

/** Parts of the names of crawlers, previews and checks of availability. Lower case. */
const CRAWLERS = [
  'mediapartners-google',
  'adsbot-google',
  'googlebot',
  'feedfetcher-google',
  'storebot-google',
  'google-inspectiontool',
  'googleother',
  'bingbot',
  'bingpreview',
  'baiduspider',
  'slurp',
  'sogou',
  'facebook',
  'meta-externalagent',
  'meta-externalfetcher',
  'ia_archiver',
  'slack',
  'calypso appcrawler',
  'pingdom',
  'lyticsbot',
  'aws security scanner',
  'hubspot crawler',
  'bytespider',
  'better uptime',
  'gptbot',
  'claudebot',
  'anthropic-ai',
  'ccbot',
  'perplexitybot',
  'applebot',
  'duckduckbot',
  'gtmetrix',
  'elb-healthchecker',
  'cloudflare-healthchecks',
  'cloudflare-traffic-manager',
  'amazon-route53-health-check-service',
  'petalbot',
  'yandexbot',
];
/** A word that ends so and is followed by what ends a product's name. */
const GENERIC = /(?:bots?|spider)[/\s);]/;
/** `Slackbot 1.0` fetches on behalf of a person. */
const ALLOWED = /slackbot 1\.[0-9]|sentryuptimebot|chatgpt-user/;

function isCrawler(lower: string): boolean {
  return (CRAWLERS.some((part) => lower.includes(part)) || GENERIC.test(lower)) && !ALLOWED.test(lower);
}

/** Browsers with a family of their own that call themselves Chrome, Safari or Firefox, too. */
const OTHERS =
  /CriOS|FxiOS|EdgiOS|EdgA|SamsungBrowser|YaBrowser|Vivaldi|UCBrowser|HeadlessChrome|Electron|Whale|MiuiBrowser|Silk|Puffin|QQBrowser|DuckDuckGo|Seamonkey|PaleMoon|Focus|Coc_Coc|Iron|Chromium|; wv\)/;

function browserOf(userAgent: string): UserAgentFacts['browser'] {
  const internetExplorer = majorAfter(userAgent, 'MSIE ') ?? majorAfter(userAgent, 'IEMobile/');
  if (internetExplorer !== undefined && !userAgent.includes('Opera'))
    return { family: 'IE', major: internetExplorer };
  if (userAgent.includes('Trident/') && userAgent.includes('rv:'))
    return named('IE', majorAfter(userAgent, 'rv:'));
  if (userAgent.includes('Opera Mini/')) return named('Opera Mini', majorAfter(userAgent, 'Opera Mini/'));
  const isMobile = userAgent.includes('Mobile') || userAgent.includes('Mobi');
  if (userAgent.includes('OPR/')) return isMobile ? undefined : named('Opera', majorAfter(userAgent, 'OPR/'));
  if (userAgent.startsWith('Opera/')) {
    if (isMobile) return undefined;
    return named('Opera', majorAfter(userAgent, 'Version/') ?? majorAfter(userAgent, 'Opera/'));
  }
  if (OTHERS.test(userAgent)) return undefined;
  const edge = majorAfter(userAgent, 'Edge/') ?? majorAfter(userAgent, 'Edg/');
  if (edge !== undefined) return isMobile ? undefined : { family: 'Edge', major: edge };
  if (userAgent.includes('Firefox/')) {
    const onPhone = isMobile || userAgent.includes('Tablet') || userAgent.includes('Android');
    return onPhone ? undefined : named('Firefox', majorAfter(userAgent, 'Firefox/'));
  }
  if (userAgent.includes('Chrome/'))
    return isMobile ? undefined : named('Chrome', majorAfter(userAgent, 'Chrome/'));
  if (userAgent.includes('Android ') && userAgent.includes('AppleWebKit')) {
    return named('Android', majorAfter(userAgent, 'Android '));
  }
  if (!userAgent.includes('Safari/') || isMobile) return undefined;
  return named('Safari', majorAfter(userAgent, 'Version/'));
}

function named(family: BrowserFamily, major: number | undefined): UserAgentFacts['browser'] {
  return major === undefined ? undefined : { family, major };
}

/** The number that follows a mark. */
function majorAfter(userAgent: string, mark: string): number | undefined {
  const at = userAgent.indexOf(mark);
  if (at < 0) return undefined;
  const digits = /^[0-9]{1,4}/.exec(userAgent.slice(at + mark.length, at + mark.length + 4))?.[0];
  return digits === undefined ? undefined : Number(digits);
}

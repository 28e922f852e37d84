/** Parts of an origin; undefined stands for any. */
interface Origin {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/** Tells whether a URL is of one of the origins. */
export type OriginTest = (url: string) => boolean;

/**
 * What extensions, virus scanners and injected scripts are known to cause, and not the site: the list that Sentry has by default.
 */
const KNOWN_SOURCES =
  `about ms-browser-extension chrome://* chrome-extension://* chromeinvokeimmediate://* chromenull://*
  data:text/html,chromewebdata safari-extension://* safari-web-extension://* mxaddon-pkg://* jar://* webviewprogressproxy://*
  ms-browser-extension://* tmtbff://* mbinit://* symres://* resource://* moz-extension://* *.metrext.com static.image2play.com
  *.tlscdn.com 73a5b0806e464be8bd4e694c744624f0.com 020dfefc4ac745dab7594f2f771c1ded.com *.superfish.com addons.mozilla.org
  v.zilionfast.in widgets.amung.us xls.searchfun.in istatic.datafastguru.info localhost resultshub-a.akamaihd.net
  pulseadnetwork.com gateway.zscalertwo.net www.passpack.com middlerush-a.akamaihd.net www.websmartcenter.com a.linkluster.com
  saveyoutime.ru cdncache-a.akamaihd.net x.rafomedia.com savingsslider-a.akamaihd.net injections.adguard.com icontent.us
  amiok.org connectionstrenth.com siteheart.net netanalitics.space printapplink.com godlinkapp.com devappstor.com
  hoholikik.club smartlink.cool promfflinkdev.com`.split(/\s+/);

/**
 * A test for origins as `http://example.com:8000`, `*.example.com` (itself and what is below it), `*:8000`, `example.com`, `*`.
 * Path, query and fragment are ignored.
 */
export function compileSources(sources: readonly string[], defaults: boolean): OriginTest | undefined {
  const texts = [
    ...sources.map((source) => source.trim()).filter(Boolean),
    ...(defaults ? KNOWN_SOURCES : []),
  ];
  if (texts.length === 0) return undefined;
  const origins = texts.map(parseOrigin);
  return (url) => {
    const given = parseOrigin(url);
    return origins.some((origin) => isOf(given, origin));
  };
}

function isOf(url: Origin, origin: Origin): boolean {
  if (origin.scheme !== undefined && url.scheme !== origin.scheme) return false;
  if (origin.port !== undefined && url.port !== origin.port) return false;
  if (origin.host === undefined || url.host === origin.host) return true;
  if (!origin.host.startsWith('*.') || url.host === undefined) return false;
  const domain = origin.host.slice(2);
  return url.host === domain || url.host.endsWith(`.${domain}`);
}

function parseOrigin(text: string): Origin {
  const mark = text.indexOf('://');
  const rest = mark < 0 ? text : text.slice(mark + 3);
  const slash = rest.search(/[/?#]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const colon = authority.indexOf(':');
  return {
    scheme: mark < 0 ? undefined : part(text.slice(0, mark)),
    host: part(colon < 0 ? authority : authority.slice(0, colon)),
    port: colon < 0 ? undefined : part(authority.slice(colon + 1)),
  };
}

function part(text: string): string | undefined {
  return text === '*' ? undefined : text.toLowerCase();
}

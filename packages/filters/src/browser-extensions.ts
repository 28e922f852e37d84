import type { NormalizedEvent } from '@culprit/protocol';

/** Parts of messages of scripts that came with a browser, an extension or a proxy. Lower case. */
const VALUES = [
  'top.globals',
  'originalcreatenotification',
  'canvas.contentdocument',
  'myapp_removeallhighlights',
  'http://tt.epicplay.com',
  "can't find variable: zitereader",
  'jigsaw is not defined',
  'combosearch is not defined',
  'http://loading.retry.widdit.com/',
  'atomicfindclose',
  'fb_xd_fragment',
  'bmi_safeaddonload',
  'ebcallbackmessagereceived',
  '_gcrweb',
  'conduitpage',
  "null is not an object (evaluating 'elt.parentnode')",
  'plugin.setsuspendstate is not a function',
  'extension context invalidated',
  'webkit-masked-url:',
  "can't access dead object",
];

const SCHEMES = [
  'chrome://',
  'chrome-extension://',
  'moz-extension://',
  'safari-extension://',
  'safari-web-extension://',
];

/** Parts of the addresses of such scripts. */
const SOURCES = [
  'webkit-masked-url:',
  'graph.facebook.com',
  'connect.facebook.net',
  'eatdifferent.com.woopra-ns.com',
  'static.woopra.com/js/woopra.js',
  '127.0.0.1:4001/isrunning',
  'webappstoolbarba.texthelp.com/',
  'metrics.itunes.apple.com.edgesuite.net/',
  'kaspersky-labs.com',
];

/** Frames that do not tell where they are from. */
const ANONYMOUS: ReadonlySet<string> = new Set(['<anonymous>', '[native code]']);

/** Whether the first exception is known to come from an extension, by its message or by the newest frame that names a script. */
export function isOfExtension(event: NormalizedEvent): boolean {
  const exception = event.exception?.values[0];
  const value = exception?.value?.toLowerCase();
  if (value !== undefined && VALUES.some((part) => value.includes(part))) return true;
  const source = exception?.stacktrace?.frames
    ?.findLast((frame) => !ANONYMOUS.has(frame.abs_path ?? ''))
    ?.abs_path?.toLowerCase();
  if (source === undefined) return false;
  return SCHEMES.some((scheme) => source.startsWith(scheme)) || SOURCES.some((part) => source.includes(part));
}

import type { Frame } from '@culprit/protocol';

const MAX_CHARS = 512;

/** The module of a frame, without what a run or a build makes up; '' when it has none that counts. */
export function moduleName(frame: Frame): string {
  const module = frame.module?.slice(0, MAX_CHARS) ?? '';
  if (module === '') return '';
  if (module.includes('/')) {
    // Browser SDKs derive it from the address: then it says no more than the file.
    const path = frame.abs_path ?? '';
    return path.includes(module) || path.startsWith('http') ? '' : module;
  }
  return module.includes('$$Lambda') ? '' : withoutGenerated(module);
}

/** Where generated Java class names carry a number or a hash: it follows these. */
const GENERATED = [
  'GeneratedMethodAccessor',
  'GeneratedConstructorAccessor',
  'GeneratedSerializationConstructorAccessor',
  'CGLIB$$',
  '_$$_javassist_',
  '$$_javassist_seam_',
  'EnhancerByCGLIB$$',
  'FastClassBySpringCGLIB$$',
  '$HibernateProxy$',
  '$fn__',
  '$eval',
] as const;

/** A name whose generated numbers and hashes are `<auto>`. */
export function withoutGenerated(name: string): string {
  if (!name.includes('$') && !name.includes('Generated')) return name;
  let out = name;
  for (const marker of GENERATED) {
    const at = out.indexOf(marker);
    if (at < 0) continue;
    const start = at + marker.length;
    let end = start;
    while (end < out.length && isWord(out.charCodeAt(end))) end++;
    if (end > start) out = `${out.slice(0, start)}<auto>${out.slice(end)}`;
  }
  return out;
}

function isWord(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

const NAMELESS: ReadonlySet<string> = new Set([
  '?',
  '<anonymous>',
  '<anonymous function>',
  'Anonymous function',
  'anonymous',
  '<unknown>',
  '<redacted>',
]);
const NATIVE: ReadonlySet<string> = new Set(['native', 'c', 'objc', 'cocoa', 'swift', 'rust']);

/**
 * The function of a frame as every engine, run and build would name it; '' when it has no name. `platform` is the event's; a frame may say
 * its own.
 */
export function functionName(frame: Frame, platform: string): string {
  const name = (frame.function ?? '').slice(0, MAX_CHARS).trim();
  if (name === '' || NAMELESS.has(name)) return '';
  const family = frame.platform || platform;
  if (NATIVE.has(family)) return nativeName(name);
  if (family === 'javascript' || family === 'node') return scriptName(name);
  if (family === 'java') return name.startsWith('lambda$') ? '' : withoutGenerated(name);
  if (family === 'ruby') return rubyName(name);
  if (family === 'php') return phpName(name);
  if (family === 'csharp') return name.split(' (', 1)[0] ?? name;
  return name;
}

/** `async Object.run [as go]` → `run`: engines differ in what they put around the name. */
function scriptName(name: string): string {
  let short = name;
  for (const prefix of ['async ', 'new ', 'get ', 'set ']) {
    if (short.startsWith(prefix)) short = short.slice(prefix.length);
  }
  if (short.endsWith('/<')) return '';
  const alias = short.indexOf(' [as ');
  if (alias >= 0) short = short.slice(0, alias);
  const last = short.slice(short.lastIndexOf('.') + 1);
  return NAMELESS.has(last) ? '' : last;
}

/** A native name without argument list, template arguments, hash and return type. Brackets are counted, not matched by a pattern. */
function nativeName(name: string): string {
  let out = '';
  let depth = 0;
  for (let i = 0; i < name.length; i++) {
    const character = name.charAt(i);
    if (character === '<' || (character === '(' && !name.startsWith('(anonymous', i))) {
      if (character === '(' && depth === 0 && out !== '' && !out.endsWith('operator')) break;
      depth++;
    } else if ((character === '>' || character === ')') && depth > 0) depth--;
    else if (depth === 0) out += character;
  }
  const hash = out.lastIndexOf('::h');
  if (hash > 0 && out.length - hash === 19) out = out.slice(0, hash);
  const space = out.trim().lastIndexOf(' ');
  const bare = (space >= 0 && !out.includes('operator') ? out.trim().slice(space + 1) : out).trim();
  return bare === '' ? name : bare;
}

/** `block in run` → `block`; a compiled template loses the digits of `_app_views_x_html_erb__123_456`. */
function rubyName(name: string): string {
  if (name.startsWith('block ')) return 'block';
  const at = name.indexOf('erb__');
  return at < 0 ? name : name.slice(0, at + 3);
}

/** The name of an anonymous class holds the path of its file; its method stays. */
function phpName(name: string): string {
  if (!name.includes('@anonymous') && !name.startsWith('[Anonymous')) return name;
  const method = name.lastIndexOf('::');
  return method < 0 ? '' : name.slice(method + 2);
}

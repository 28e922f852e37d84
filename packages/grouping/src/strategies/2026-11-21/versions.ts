/**
 * A name with the segments that a release changes replaced by `*`: hashes (8 or more hex digits, or 8 or more letters and digits mixed as bundlers
 * write them), numbers of chunks, versions (`1.2.3`, `v12`). Segments are what stands between `.`, `-`, `_`, `~`, `@`.
 */
export function withoutVersions(name: string): string {
  let out = '';
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    if (i < name.length && !isSeparator(name.charCodeAt(i))) continue;
    const segment = name.slice(start, i);
    const separator = name.charAt(i);
    // One star for `1.2.3` as for `1.2`.
    if (!isVersion(segment)) out += segment + separator;
    else if (!out.endsWith('*.') && !out.endsWith('*-')) out += `*${separator}`;
    start = i + 1;
  }
  return out;
}

function isSeparator(code: number): boolean {
  // - . @ _ ~
  return code === 0x2d || code === 0x2e || code === 0x40 || code === 0x5f || code === 0x7e;
}

function isVersion(segment: string): boolean {
  if (segment === '') return false;
  let digits = 0;
  let hex = 0;
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i) | 0x20;
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (code >= 0x61 && code <= 0x66) hex++;
    else if (code < 0x67 || code > 0x7a) return false;
  }
  const length = segment.length;
  if (digits === length) return true;
  if (length >= 8 && digits + hex === length && digits > 0) return true;
  if (digits === length - 1 && (segment.charCodeAt(0) | 0x20) === 0x76) return true;
  return digits >= 2 && isRandom(segment);
}

/** Eight or more letters and digits that change places at least three times, as in `bx3kq9f2`; not so `sha256sum` and `module12345`. */
export function isRandom(segment: string): boolean {
  if (segment.length < 8) return false;
  let changes = 0;
  let wasDigit: boolean | undefined;
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i);
    const digit = code >= 0x30 && code <= 0x39;
    if (wasDigit !== undefined && digit !== wasDigit) changes++;
    wasDigit = digit;
  }
  return changes >= 3;
}

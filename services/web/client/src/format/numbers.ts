const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
/** Keeps a number and its sign together, closer than a word space. */
const THIN = '\u2009';
const SCALES = [
  [1e12, 'T'],
  [1e9, 'G'],
] as const;

/** `1,204`; in full up to nine digits, then `1.2 G`. */
export function formatCount(count: number): string {
  for (const [scale, sign] of SCALES) {
    if (Math.abs(count) >= scale) return `${SHORT.format(count / scale)}${THIN}${sign}`;
  }
  return WHOLE.format(count).replace('-', '−');
}

/** `0.891` → `89 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const text = percent > 0 && percent < 1 ? '<1' : String(Math.round(percent));
  return `${text}${THIN}%`;
}

/** `0.98321` → `98.3 %`; what is little is not called nothing, and what is not all is not called all. */
export function formatExactShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return `<${THIN}0.01${THIN}%`;
  if (percent > 99.9 && percent < 100) return `>${THIN}99.9${THIN}%`;
  if (percent === 0 || percent === 100) return `${percent}${THIN}%`;
  return `${percent < 1 ? percent.toFixed(2) : percent.toFixed(1)}${THIN}%`;
}

/** For an axis: `950`, `25 k`, `1.5 M`. */
export function formatTick(count: number): string {
  if (count < 10_000) return formatCount(count);
  const [scale, sign] = count < 1e6 ? [1e3, 'k'] : count < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${SHORT.format(count / scale)}${THIN}${sign}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.5 GB`, powers of 1,000. */
export function formatBytes(bytes: number): string {
  let rest = Math.max(0, bytes);
  let unit = 0;
  while (rest >= 1_000 && unit < UNITS.length - 1) {
    rest /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : SHORT.format(rest)} ${UNITS[unit]}`;
}

/** `1 person`, `214 people`. */
export function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

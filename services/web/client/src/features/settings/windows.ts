const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Windows of limits that most people want, in seconds. */
export const WINDOWS: readonly number[] = [MINUTE, HOUR, DAY, 30 * DAY];

const WORDS: readonly (readonly [seconds: number, one: string, many: string])[] = [
  [DAY, 'day', 'days'],
  [HOUR, 'hour', 'hours'],
  [MINUTE, 'minute', 'minutes'],
  [1, 'second', 'seconds'],
];

/** After "every": `minute`, `30 days`, `90 seconds`. */
export function windowWord(window: number): string {
  const [unit, one, many] = WORDS.find(([seconds]) => window % seconds === 0) ?? [1, 'second', 'seconds'];
  const count = window / unit;
  return count === 1 ? one : `${count} ${many}`;
}

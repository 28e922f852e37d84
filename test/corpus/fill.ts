/** What the placeholders of a case stand for. */
export interface CaseFacts {
  /** 32 hex digits. */
  readonly id: string;
  readonly project: number;
  readonly otherProject: number;
  readonly key: string;
  readonly dsn: string;
  /** Unix seconds that `$now` and `$iso` count from. */
  readonly now: number;
}

type Made = Readonly<Record<string, unknown>>;

/** A case's value with everything put in that it names. Objects for `compare` stay as they are. */
export function fill(value: unknown, facts: CaseFacts): unknown {
  if (typeof value === 'string') return fillText(value, facts);
  if (Array.isArray(value)) return value.map((one) => fill(one, facts));
  if (typeof value !== 'object' || value === null) return value;
  const made = make(value as Made, facts);
  if (made !== undefined) return made;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, facts)]));
}

export function fillText(text: string, facts: CaseFacts): string {
  return text
    .replaceAll('{id}', facts.id)
    .replaceAll('{ID}', facts.id.toUpperCase())
    .replaceAll('{uuid}', dashed(facts.id))
    .replaceAll('{project}', String(facts.project))
    .replaceAll('{otherProject}', String(facts.otherProject))
    .replaceAll('{key}', facts.key)
    .replaceAll('{dsn}', facts.dsn);
}

export function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function make(value: Made, facts: CaseFacts): unknown {
  if ('$now' in value && !('within' in value)) return facts.now + Number(value.$now);
  if ('$iso' in value) return isoOf(facts.now + Number(value.$iso), value.zone !== false);
  if ('$repeat' in value) {
    const [part, times] = value.$repeat as [string, number];
    return `${String(value.before ?? '')}${part.repeat(times)}${String(value.then ?? '')}`;
  }
  if ('$list' in value) {
    const [one, times] = value.$list as [unknown, number];
    return Array.from({ length: times }, () => one);
  }
  if ('$frames' in value) {
    return Array.from({ length: Number(value.$frames) }, (_, i) => ({ function: `f${i}`, lineno: i + 1 }));
  }
  if ('$nest' in value) return nested(Number(value.$nest));
  if ('$repeatKey' in value) {
    const [part, times, inner] = value.$repeatKey as [string, number, unknown];
    return { [part.repeat(times)]: inner };
  }
  if ('$basic' in value)
    return `Basic ${Buffer.from(fillText(String(value.$basic), facts)).toString('base64')}`;
  return undefined;
}

function isoOf(seconds: number, withZone: boolean): string {
  const text = new Date(seconds * 1000).toISOString();
  return withZone ? text : text.slice(0, -1);
}

function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < levels; i++) value = { n: value };
  return value;
}

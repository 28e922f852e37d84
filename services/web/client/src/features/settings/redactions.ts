/** Something that was taken out of an event. */
export interface Redaction {
  /** `extra.password`; of a list of pairs the name stands for both numbers: `request.headers.Authorization`. */
  readonly path: string;
  /** Names of the rules that did it, such as `@password:filter`. */
  readonly rules: readonly string[];
}

/** What the server gives an event that came without it. */
const GIVEN_BY_SERVER = new Set([
  'event_id',
  'project',
  'key_id',
  'received',
  'timestamp',
  'type',
  'level',
  'version',
  'platform',
]);

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** The event as stored without what nobody sent: notes, and what the server adds. */
export function withoutAdditions(stored: Json, sent: unknown): Json {
  const isSent = (key: string): boolean => isObject(sent) && Object.hasOwn(sent, key);
  return Object.fromEntries(
    Object.entries(stored).filter(([key]) => key !== '_meta' && (!GIVEN_BY_SERVER.has(key) || isSent(key))),
  );
}

/** All redactions that the notes of a stored event tell of, in their order. */
export function redactionsOf(stored: Json): readonly Redaction[] {
  return [...walk(stored._meta, stored, [])];
}

function* walk(meta: unknown, value: unknown, path: readonly string[]): Iterable<Redaction> {
  if (!isObject(meta)) return;
  const rules = rulesOf(meta['']);
  if (rules.length > 0) yield { path: path.join('.'), rules };
  for (const [key, inner] of Object.entries(meta)) {
    if (key === '') continue;
    const child = isObject(value) ? value[key] : undefined;
    const name = nameOfPair(child);
    if (name === undefined || !isObject(inner)) yield* walk(inner, child, [...path, key]);
    else yield* walk(inner[1], undefined, [...path, name]);
  }
}

/** Of `[name, value]` the name. */
function nameOfPair(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const name: unknown = value[0];
  return typeof name === 'string' ? name : undefined;
}

function rulesOf(note: unknown): readonly string[] {
  const remarks = isObject(note) ? note.rem : undefined;
  if (!Array.isArray(remarks)) return [];
  const names = remarks.flatMap((remark: unknown) =>
    Array.isArray(remark) && typeof remark[0] === 'string' ? [remark[0]] : [],
  );
  // Cut for their length, not for what they say.
  return [...new Set(names)].filter((name) => name !== '!limit');
}

import { randomUUID } from 'node:crypto';
import { type Dsn, formatDsn, formatEnvelope, parseEventId } from '@culprit/protocol';
import { type ErrorFacts, factsOfError } from '../error-facts.ts';

/** Who reports. */
export interface Reporter {
  readonly dsn: Dsn;
  readonly service: string;
  readonly release: string;
  readonly environment: string;
  readonly serverName: string;
}

export interface Surprise {
  readonly error: unknown;
  readonly level: 'error' | 'fatal';
  /** Constant: what was being done. */
  readonly message: string;
  /** How often the same was left out since it was last reported. */
  readonly repeats: number;
  /** Unix milliseconds. */
  readonly at: number;
}

export const CLIENT = 'culprit.self-report';

/** Two errors with the same text here are taken for the same one. */
export function kindOf(error: unknown): string {
  const facts = factsOfError(error);
  return [facts.type, facts.code ?? '', facts.stack[0] ?? '', facts.stack[1] ?? ''].join('\n');
}

/** An envelope as an SDK sends it. Holds types, codes, stacks and constant messages: nothing of any event. */
export function reportEnvelope(surprise: Surprise, reporter: Reporter): Uint8Array {
  const eventId = parseEventId(randomUUID().replaceAll('-', ''));
  if (eventId === undefined) throw new Error('a random id is no event id');
  const event = {
    event_id: eventId,
    timestamp: surprise.at / 1000,
    platform: 'node',
    level: surprise.level,
    logger: `culprit.${reporter.service}`,
    server_name: reporter.serverName,
    release: reporter.release,
    environment: reporter.environment,
    tags: { service: reporter.service, doing: surprise.message.slice(0, 200) },
    extra: { repeats: surprise.repeats },
    contexts: { runtime: { name: 'node', version: process.versions.node } },
    exception: { values: exceptionsOf(factsOfError(surprise.error), surprise) },
    sdk: { name: CLIENT, version: reporter.release.split('@').at(-1) ?? '' },
  };
  return formatEnvelope({ event_id: eventId, dsn: formatDsn(reporter.dsn) }, [
    { header: { type: 'event' }, payload: Buffer.from(JSON.stringify(event)) },
  ]);
}

/** Oldest cause first. */
function exceptionsOf(facts: ErrorFacts, { message, level }: Surprise): readonly object[] {
  const causes: ErrorFacts[] = [];
  for (let one: ErrorFacts | undefined = facts; one !== undefined; one = one.cause) causes.unshift(one);
  return causes.map((one) => ({
    type: one.type,
    value: [one.code, one.message === '' ? message : one.message].filter((part) => part).join(' '),
    mechanism: { type: 'culprit', handled: level !== 'fatal' },
    ...(one.stack.length === 0 ? {} : { stacktrace: { frames: one.stack.map(frameOf).reverse() } }),
  }));
}

/** From V8's `at name (file:line:column)`; a line of another form becomes a frame with a name only. */
function frameOf(line: string): object {
  const text = line.slice('at '.length);
  const open = text.lastIndexOf(' (');
  const hasName = open !== -1 && text.endsWith(')');
  const place = hasName ? text.slice(open + 2, -1) : text.replace(/^async /, '');
  const name = hasName ? text.slice(0, open).replace(/^async /, '') : undefined;
  const column = place.lastIndexOf(':');
  const row = place.lastIndexOf(':', column - 1);
  if (row <= 0) return { function: name ?? text };
  const file = place.slice(0, row).replace(/^file:\/\//, '');
  return {
    ...(name === undefined ? {} : { function: name }),
    filename: fileNameOf(file),
    abs_path: file,
    lineno: Number(place.slice(row + 1, column)),
    colno: Number(place.slice(column + 1)),
    in_app: !file.startsWith('node:') && !file.includes('/node_modules/'),
  };
}

const FOLDERS = ['/node_modules/', '/services/', '/packages/'];

/** From the repository's folder on, so that the same frame has the same name wherever it is installed. */
function fileNameOf(path: string): string {
  for (const folder of FOLDERS) {
    const at = path.lastIndexOf(folder);
    if (at !== -1) return path.slice(at + 1);
  }
  return path;
}

import { table } from '../report.ts';
import type { BugsinkFacts } from './installation.ts';

type ByPart = Readonly<Record<string, number>>;

/** What is read of the report of the bench `end-to-end`. */
export interface CulpritFigures {
  readonly durability: string;
  readonly events: number;
  readonly failed: number;
  readonly found: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly answerMs: { readonly p50: number; readonly p99: number };
  /** `all` has the load generator in it. */
  readonly cpuMicrosPerEvent: ByPart;
  readonly megabytes: { readonly idle: ByPart; readonly loaded: ByPart };
}

export interface BugsinkFigures extends BugsinkFacts {
  readonly startSeconds: number;
  readonly multiMemberGzipStatus: number;
  /** Accepted with 200. */
  readonly events: number;
  readonly failed: number;
  /** Rows in its database when all were there or patience was over. */
  readonly digested: number;
  readonly digestedDuringLoad: number;
  /** From the first event sent to the last one counted. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly digestedPerSecondDuringLoad: number;
  /** Missing where next to nothing was left to do after the load. */
  readonly digestedPerSecondAfterLoad?: number;
  readonly acceptedPerSecond: number;
  readonly answerMs: { readonly p50: number; readonly p99: number };
  /** gunicorn's by accepted, snappea's by digested event; `all` is without the load generator. */
  readonly cpuMicrosPerEvent: ByPart;
  readonly megabytes: { readonly idle: ByPart; readonly loaded: ByPart; readonly digested: ByPart };
}

export interface BesideReport {
  readonly date: string;
  readonly machine: string;
  readonly load: { readonly seconds: number; readonly rate: number; readonly connections: number };
  /** Of the machine over a minute, before each part: the second one has the first one's own work in it. */
  readonly loadAverages: readonly number[];
  readonly culprit?: CulpritFigures;
  readonly bugsink: BugsinkFigures;
}

/** Both side by side, and what was changed to measure. */
export function besideMarkdown(report: BesideReport): string {
  const { bugsink, culprit, load } = report;
  const rate = load.rate === 0 ? 'as fast as they are accepted' : `${load.rate} a second`;
  return `# Culprit beside Bugsink

${report.date}, ${report.machine}. One after the other on the same machine, load generator included; the same events (about 14 KB JSON, 4 KB gzip, 2,500 different ones, 320 issues), ${rate}, ${load.connections} connections, ${load.seconds} s.
Load average of the machine before each: ${report.loadAverages.join(', ')} (the first should be near 0, or something else was running).
An event counts when it can be read: Culprit's by its API, Bugsink's as a row of its database.

${besideTable(bugsink, culprit)}

Bugsink digested ${bugsink.digestedPerSecondDuringLoad} events a second under the load (${bugsink.digestedDuringLoad}), ${bugsink.digestedPerSecondAfterLoad ?? '–'} a second after it.
CPU µs per event: gunicorn ${bugsink.cpuMicrosPerEvent.gunicorn} by accepted, snappea ${bugsink.cpuMicrosPerEvent['bugsink-runsnappea']} by digested event.

## How Bugsink was set up

Version ${bugsink.version}, Python ${bugsink.python}, SQLite ${bugsink.sqlite} (Django ${bugsink.packages.django ?? '?'}, gunicorn ${bugsink.packages.gunicorn ?? '?'}), from PyPI in a virtual environment; \`bugsink-create-conf --template=singleserver\`; \`migrate\` and \`migrate snappea --database=snappea\`; one superuser, one team, one project without members (nobody gets mail).
${bugsink.started.map((line) => `- started: \`${line}\``).join('\n')}
${bugsink.changedSettings.map((line) => `- changed: ${line}`).join('\n')}
- durability as it comes: WAL with \`synchronous = NORMAL\`, the file of an accepted event is not synced. ${culprit === undefined ? '' : `Culprit's: ${culprit.durability}.`}
- a gzip body of two members: ${bugsink.multiMemberGzipStatus}; so both got bodies of one, as SDKs send them
`;
}

function besideTable(bugsink: BugsinkFigures, culprit: CulpritFigures | undefined): string {
  const rows: readonly (readonly [what: string, culprit: unknown, bugsink: unknown])[] = [
    ['events accepted (200)', culprit?.events, bugsink.events],
    ['not accepted', culprit?.failed, bugsink.failed],
    ['of the accepted, readable in the end', culprit?.found, bugsink.digested],
    ['seconds until then', culprit?.seconds, bugsink.seconds],
    ['**events a second, sent → readable**', culprit?.eventsPerSecond, bugsink.eventsPerSecond],
    ['accepted a second', culprit?.acceptedPerSecond, bugsink.acceptedPerSecond],
    ['answer p50 / p99, ms', culprit && latencies(culprit), latencies(bugsink)],
    ['CPU µs per event', culprit && culpritCpu(culprit), bugsink.cpuMicrosPerEvent.all],
    ['MB idle (PSS)', culprit?.megabytes.idle.all, bugsink.megabytes.idle.all],
    ['MB after the load (PSS)', culprit?.megabytes.loaded.all, bugsink.megabytes.digested.all],
  ];
  return table(
    ['what', 'Culprit', `Bugsink ${bugsink.version}`],
    rows.map(([what, ours, theirs]) => [what, String(ours ?? '–'), String(theirs ?? '–')]),
  );
}

function latencies({
  answerMs,
}: {
  readonly answerMs: { readonly p50: number; readonly p99: number };
}): string {
  return `${answerMs.p50} / ${answerMs.p99}`;
}

function culpritCpu({ cpuMicrosPerEvent }: CulpritFigures): number {
  return (cpuMicrosPerEvent.all ?? 0) - (cpuMicrosPerEvent['load generator'] ?? 0);
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One rule of the ingest protocol: what a client sends and what must become of it. The file's name says the rule in short. Expected values are written from what is known of the
 * protocol, never from what our code made of it.
 *
 * Texts may hold `{id}` (32 hex digits, the case's own), `{ID}` (in capitals), `{uuid}` (with dashes), `{project}`, `{otherProject}`, `{key}` and `{dsn}`;
 * objects with a `$` are values that are made (`fill.ts`) or compared otherwise than by being equal (`compare.ts`).
 */
export interface CorpusCase {
  /** The rule in a sentence. */
  readonly rule: string;
  readonly project?: ProjectSetup;
  /** The first one's answer is what `expect` speaks of; later ones carry their own `status`. */
  readonly send: Sending | readonly Sending[];
  readonly expect: Expectation;
}

export interface ProjectSetup {
  /** Body of `PUT /api/0/projects/{org}/{project}/`. */
  readonly settings?: unknown;
  /** Bodies of `PUT …/filters/{id}/`, by id. */
  readonly filters?: Readonly<Record<string, unknown>>;
  /** Body of `PUT …/quotas/`. */
  readonly quotas?: unknown;
  readonly keyIsActive?: boolean;
}

/** What brings a body comes as exactly one of `event` … `form`. */
export interface Sending {
  /** POST unless said. */
  readonly method?: string;
  /** `/api/{project}/envelope/` unless said. */
  readonly path?: string;
  /** `sentry_key` in the query, or nothing. */
  readonly auth?: 'query' | 'none';
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Comes from an address that is a configured proxy. */
  readonly proxied?: boolean;
  /** Compresses the body and says so. */
  readonly encoding?: string;
  /** An envelope with this one event; `header` goes into its header beside the id. */
  readonly event?: unknown;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly envelope?: {
    readonly header: unknown;
    readonly items: readonly (readonly [header: Readonly<Record<string, unknown>>, payload: unknown])[];
  };
  readonly json?: unknown;
  /** Packs `json` as old clients do, without saying so. */
  readonly pack?: 'base64' | 'base64-zlib';
  readonly text?: unknown;
  /** An event in the query, as the pixel has it. */
  readonly sentryData?: unknown;
  readonly multipart?: readonly FormPart[];
  readonly form?: Readonly<Record<string, string>>;
  /** Which event it became: the case's own, or the newest of the project where the client cannot choose the id. */
  readonly find?: 'newest';
  readonly status?: number;
}

export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly text?: string;
  readonly base64?: string;
}

type OutcomeLine = readonly [outcome: string, reason: string, category: string, quantity: number];

export interface Expectation {
  readonly status?: number;
  /** JSON of the answer; `''` is no body at all. */
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Fields of the stored event; what is not named may be anything, null is absent. */
  readonly event?: unknown;
  /** Whether an event is stored at all. */
  readonly stored?: boolean;
  /** All outcomes of the project. Without it, a stored event must have exactly one: accepted. `*`: nothing is said of them. */
  readonly outcomes?: readonly OutcomeLine[] | '*';
  readonly outcomesInclude?: readonly OutcomeLine[];
  readonly noOutcome?: readonly string[];
  /** All attachments of the event, in any order. */
  readonly attachments?: readonly unknown[];
  /** All of the project's user feedback, in any order. */
  readonly feedback?: readonly unknown[];
  readonly sessions?: Readonly<Record<string, number>>;
  readonly issues?: number;
}

export interface NamedCase extends CorpusCase {
  /** `folder/file`, without extension. */
  readonly name: string;
}

const FOLDER = join(import.meta.dirname, 'envelopes');

export function readCorpus(): readonly NamedCase[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((folder) =>
      readdirSync(join(FOLDER, folder))
        .sort()
        .map((file) => ({
          name: `${folder}/${file.replace(/\.json$/, '')}`,
          ...(JSON.parse(readFileSync(join(FOLDER, folder, file), 'utf8')) as CorpusCase),
        })),
    );
}

export function sendingsOf({ send }: CorpusCase): readonly Sending[] {
  return Array.isArray(send) ? (send as readonly Sending[]) : [send as Sending];
}

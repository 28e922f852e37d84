import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type LogChoice, logChoiceSchema } from './log/log-choice.ts';
import type { ProcessIdentity } from './process-identity.ts';

const secretsSchema = z.object({
  postgres: z.string(),
  clickhouse: z.string(),
  firstRun: z.object({ password: z.string(), token: z.string(), publicKey: z.string() }).optional(),
});
/** What has to be known to open this folder again. */
export type Secrets = z.infer<typeof secretsSchema>;

const portSchema = z.number().int().min(1).max(65_535);
const portsSchema = z.object({
  web: portSchema.optional(),
  ingest: portSchema.optional(),
  postgres: portSchema.optional(),
  clickhouse: portSchema.optional(),
  kafka: portSchema.optional(),
});
/** Kept, so that a DSN stays good over restarts. */
export type Ports = z.infer<typeof portsSchema>;

/** `first-run.json`: what a person or a script needs to begin. Password and token are null where another installation made the account. */
export interface FirstRunFile {
  readonly url: string;
  readonly dsn: string;
  readonly organization: string;
  readonly project: string;
  readonly email: string;
  readonly password: string | null;
  readonly token: string | null;
}

const identitySchema = z.object({ pid: z.number().int().positive(), started: z.string() });
const runSchema = z.object({
  supervisor: identitySchema,
  url: z.string(),
  ingestUrl: z.string(),
  databaseUrl: z.string(),
  clickhouseUrl: z.string(),
  log: z.record(z.string(), z.string()).optional(),
  control: z.string().optional(),
  root: z.string().optional(),
  processes: z.record(
    z.string(),
    identitySchema.extend({ facts: z.record(z.string(), z.unknown()).optional() }),
  ),
});
/** `run.json`: what runs on this folder now; gone after an orderly stop. */
export interface RunFile {
  readonly supervisor: ProcessIdentity;
  readonly url: string;
  readonly ingestUrl: string;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** Variables that name the event log. */
  readonly log?: Readonly<Record<string, string>> | undefined;
  /** Folder of the supervisor's own code; the stores run from it, too. */
  readonly root?: string | undefined;
  /** Socket on which the supervisor takes orders. */
  readonly control?: string | undefined;
  /** By name; `facts` is what the process said when it was ready, such as its ports. */
  readonly processes: Readonly<
    Record<string, ProcessIdentity & { readonly facts?: Readonly<Record<string, unknown>> | undefined }>
  >;
}

/** Lies in a folder while a restore fills it. */
export const RESTORING = 'restoring.json';

/** The folder everything is kept in. Files with secrets are 0600 and replaced whole. */
export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** As root another user must be able to pass through it, though not to look in: PostgreSQL does not run as root. */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    if (process.getuid?.() !== 0) return;
    const { mode } = await stat(this.path);
    await chmod(this.path, (mode & 0o7777) | 0o011);
  }

  /** Made at the first call. */
  async secrets(): Promise<Secrets> {
    const kept = await readJson(this.file('secrets.json'), secretsSchema);
    if (kept !== undefined) return kept;
    const made = { postgres: makeSecret(), clickhouse: makeSecret() };
    await this.saveSecrets(made);
    return made;
  }

  async saveSecrets(secrets: Secrets): Promise<void> {
    await writeSecretJson(this.file('secrets.json'), secrets);
  }

  async ports(): Promise<Ports> {
    return (await readJson(this.file('ports.json'), portsSchema)) ?? {};
  }

  async savePorts(ports: Ports): Promise<void> {
    await writeSecretJson(this.file('ports.json'), ports);
  }

  /** The log of the last start; undefined for a folder that has none yet. */
  async log(): Promise<LogChoice | undefined> {
    return readJson(this.file('log.json'), logChoiceSchema);
  }

  async saveLog(choice: LogChoice): Promise<void> {
    await writeSecretJson(this.file('log.json'), choice);
  }

  /** What a start left, also one that has ended. */
  async firstRun(): Promise<unknown> {
    return readJson(this.file('first-run.json'), z.unknown());
  }

  async saveFirstRun(firstRun: FirstRunFile): Promise<void> {
    await writeSecretJson(this.file('first-run.json'), firstRun);
  }

  /** What ran here last, where that did not end in order. A damaged file counts as none. */
  async run(): Promise<RunFile | undefined> {
    return readJson(this.file('run.json'), runSchema).catch(() => undefined);
  }

  async saveRun(run: RunFile): Promise<void> {
    await writeSecretJson(this.file('run.json'), run);
  }

  async removeRun(): Promise<void> {
    await rm(this.file('run.json'), { force: true });
  }
}

function makeSecret(): string {
  return randomBytes(24).toString('base64url');
}

async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

/** Durable when it resolves: a password that was handed out must not be lost. */
async function writeSecretJson(path: string, value: unknown): Promise<void> {
  const fresh = `${path}.${process.pid}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

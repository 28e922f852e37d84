import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { sendOrder } from '../control/send-order.ts';
import { DataFolder } from '../data-folder.ts';
import { isAlive } from '../process-identity.ts';
import type { ServiceName } from '../roll.ts';
import { type Installation, InstallationError } from './installation.ts';
import { demandReadable, prepareStores, type Stores } from './preflight.ts';
import { readReleaseFolder } from './release-folder.ts';

const run = promisify(execFile);

export interface ChangeOptions {
  readonly installation: Installation;
  /** Name of the release that shall run. */
  readonly name: string;
  /** In this order. */
  readonly services: readonly ServiceName[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The way back may be lost. */
  readonly isOneWay: boolean;
  /** A command that replaces one service, `{service}` in it is its name; undefined: the supervisor does it. */
  readonly each?: string | undefined;
  readonly say: (line: string) => void;
}

export interface Change {
  /** Milliseconds from the switch until all new processes worked; undefined where nothing runs. */
  readonly milliseconds: number | undefined;
  /** Releases that something still runs from: the supervisor's and the stores' code stays until their next start. */
  readonly inUse: readonly string[];
}

/**
 * Brings a release to run: checks it against the stores, switches `current`, replaces the services. Where a service does not start, everything is as
 * it was.
 *
 * @throws InstallationError, OrderError
 */
export async function changeRelease(options: ChangeOptions): Promise<Change> {
  const { installation, name, services, env, each, say } = options;
  const target = await readReleaseFolder(installation.folderOf(name));
  const links = { current: await installation.current(), previous: await installation.previous() };
  const settings = installation.settings(env);
  const control = await controlOf(settings);
  const stores = storesOf(settings) ?? control?.stores;
  let overlap = true;
  if (links.current !== undefined) {
    const { manifest: running } = await readReleaseFolder(installation.folderOf(links.current));
    overlap = demandReadable({ running, target: target.manifest, isOneWay: options.isOneWay });
  }
  if (!overlap && each !== undefined)
    throw new InstallationError(
      'Those two must not run side by side: stop all services, deploy without --each, and start them.',
    );
  if (stores !== undefined) await prepareStores(target, stores);
  const started = performance.now();
  await installation.switchTo(name);
  try {
    if (each !== undefined) return { milliseconds: await replaceEach(each, services, say), inUse: [] };
    if (control === undefined) return { milliseconds: undefined, inUse: [] };
    await sendOrder({
      path: control.path,
      request: { kind: 'roll', release: target.root, services: [...services], overlap },
      onAnswer: (answer) => {
        if (answer.kind === 'step') say(`${answer.service} runs, ${answer.milliseconds} ms`);
      },
    });
    return { milliseconds: performance.now() - started, inUse: [basename(control.root)] };
  } catch (error) {
    if (!overlap) throw error; // what the new one has written already, the old one cannot read
    await installation.restore(links);
    say(`current points to ${links.current ?? 'nothing'} again`);
    throw error;
  }
}

interface Control {
  readonly path: string;
  /** Of the supervisor's code. */
  readonly root: string;
  readonly stores: Stores;
}

async function controlOf(
  settings: Readonly<Record<string, string | undefined>>,
): Promise<Control | undefined> {
  const file = await new DataFolder(settings.CULPRIT_DATA ?? 'data').run();
  if (file === undefined || !isAlive(file.supervisor)) return undefined;
  if (file.control === undefined)
    throw new InstallationError(
      'The supervisor takes no orders (yet). Where it is still starting, try again; an older one has to be stopped first.',
    );
  return { path: file.control, root: file.root ?? '', stores: file };
}

function storesOf(settings: Readonly<Record<string, string | undefined>>): Stores | undefined {
  const { DATABASE_URL: databaseUrl, CLICKHOUSE_URL: clickhouseUrl } = settings;
  return databaseUrl && clickhouseUrl ? { databaseUrl, clickhouseUrl } : undefined;
}

async function replaceEach(
  each: string,
  services: readonly ServiceName[],
  say: (line: string) => void,
): Promise<number> {
  const started = performance.now();
  for (const service of services) {
    const command = each.replaceAll('{service}', service);
    await run('sh', ['-c', command]).catch((cause: unknown) => {
      throw new InstallationError(`${command} failed.`, { cause });
    });
    say(`${command}: done`);
  }
  return performance.now() - started;
}

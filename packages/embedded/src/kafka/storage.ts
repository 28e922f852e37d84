import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedStoreError } from '../errors.ts';
import { javaArguments, javaEnvironment } from './java.ts';
import type { BrokerPlace } from './settings.ts';

const run = promisify(execFile);

/** Of a data folder, for its life. */
export interface ClusterIdentity {
  readonly clusterId: string;
  readonly nodes: number;
}

/** @throws EmbeddedStoreError `folder_not_usable` when the folder was made for another number of brokers */
export async function openCluster(folder: string, nodes: number): Promise<ClusterIdentity> {
  const file = join(folder, 'cluster.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const made = { clusterId: randomBytes(16).toString('base64url'), nodes };
    await writeFile(`${file}.new`, `${JSON.stringify(made)}\n`);
    await rename(`${file}.new`, file);
    return made;
  }
  const kept = JSON.parse(text) as ClusterIdentity;
  if (kept.nodes === nodes) return kept;
  throw new EmbeddedStoreError(
    'folder_not_usable',
    `${folder} holds a Kafka of ${kept.nodes} brokers, not ${nodes}.`,
  );
}

/** Formats the storage of a broker where that has not been done; one that was killed while it did is done again. */
export async function formatOnce(options: {
  readonly place: BrokerPlace;
  readonly cluster: ClusterIdentity;
  readonly jars: string;
  readonly settingsFile: string;
}): Promise<void> {
  const { place, cluster, jars, settingsFile } = options;
  const isDone = join(place.folder, 'formatted');
  if (existsSync(isDone)) return;
  await rm(join(place.folder, 'data'), { recursive: true, force: true });
  await mkdir(join(place.folder, 'data'), { recursive: true });
  const tool = javaArguments(jars, 'kafka.tools.StorageTool');
  try {
    // One word: one id in 64 begins with a dash, and would be taken for an option.
    await run('java', [...tool, 'format', `--cluster-id=${cluster.clusterId}`, '-c', settingsFile], {
      env: javaEnvironment(),
      cwd: place.folder,
    });
  } catch (cause) {
    const said = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
    throw new EmbeddedStoreError('start_failed', `Kafka's storage tool failed: ${said}`, { cause });
  }
  await writeFile(isDone, '');
}

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedStoreError } from '../errors.ts';
import { javaEnvironment, lacksMaven } from './java.ts';

const run = promisify(execFile);

const pom = resolve(import.meta.dirname, '../../kafka/pom.xml');
const FETCH_MS = 600_000;
/** A folder that is being filled for longer than this belongs to nobody any more. */
const ABANDONED_MS = 3_600_000;

/**
 * The folder with Kafka's jars: those that `pom.xml` names, fetched by Maven the first time (45 MB, some 10 s) and kept in `~/.cache/culprit/kafka`, or in
 * `CULPRIT_KAFKA_CACHE`. Processes that fetch at the same time do not disturb each other.
 *
 * @throws EmbeddedStoreError `binaries_missing`
 */
export async function kafkaJars(): Promise<string> {
  const folder = await jarFolder();
  if (existsSync(folder)) return folder;
  const lack = await lacksMaven();
  if (lack !== undefined) throw new EmbeddedStoreError('binaries_missing', `No Kafka: ${lack}.`);
  const fresh = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
  await mkdir(fresh, { recursive: true });
  try {
    await fetchJars(fresh);
    await rename(fresh, folder).catch((cause) => {
      if (!existsSync(folder)) throw cause; // else another process was first
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await removeAbandoned(resolve(folder, '..'));
  }
  return folder;
}

/** Whether the jars are there already, so that no Maven is needed. */
export async function hasKafkaJars(): Promise<boolean> {
  return existsSync(await jarFolder());
}

async function jarFolder(): Promise<string> {
  const text = await readFile(pom, 'utf8');
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(text)?.[1] ?? 'unknown';
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const cache = process.env.CULPRIT_KAFKA_CACHE ?? join(homedir(), '.cache', 'culprit', 'kafka');
  return join(cache, `${version}-${hash}`);
}

async function fetchJars(into: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${into}`, '-DincludeScope=runtime'];
  try {
    await run('mvn', ['-q', '-B', '-f', pom, ...goal], { env: javaEnvironment(), timeout: FETCH_MS });
  } catch (cause) {
    const said = String((cause as { stdout?: unknown }).stdout ?? '');
    const first = said.split('\n').find((line) => line.includes('ERROR')) ?? String(cause);
    throw new EmbeddedStoreError('binaries_missing', `Maven cannot fetch the jars of Kafka: ${first}`, {
      cause,
    });
  }
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache).catch(() => [])) {
    const path = join(cache, name);
    const found = name.endsWith('.new') ? await stat(path).catch(() => undefined) : undefined;
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

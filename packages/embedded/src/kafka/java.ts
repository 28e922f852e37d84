import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const neededJava = 17;

/** Why there is no Java that runs Kafka; undefined when there is one. */
export async function lacksJava(): Promise<string | undefined> {
  const version = await run('java', ['-version'], { env: javaEnvironment() }).then(
    ({ stderr }) => /version "(\d+)/.exec(stderr)?.[1],
    () => undefined,
  );
  if (version === undefined) return `there is no java (Kafka needs ${neededJava} or newer)`;
  if (Number(version) < neededJava) return `java is ${version}, and Kafka needs ${neededJava} or newer`;
  return undefined;
}

/** Why there is no Maven, which fetches Kafka's jars; undefined when there is one. */
export async function lacksMaven(): Promise<string | undefined> {
  const found = await run('mvn', ['-v'], { env: javaEnvironment() }).catch(() => undefined);
  return found === undefined ? 'there is no mvn, which fetches the jars of Kafka once' : undefined;
}

const startedLogger = 'kafka.server.KafkaRaftServer';

/** The heap is small because the records lie in the page cache. A serial collector has the fewest threads. */
export function javaArguments(jars: string, main: 'kafka.Kafka' | 'kafka.tools.StorageTool'): string[] {
  return [
    '-Xms32m',
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    `-Dorg.slf4j.simpleLogger.log.${startedLogger}=info`,
    // A peer that starts later is no news.
    '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.NetworkClient=error',
    '-cp',
    join(jars, '*'),
    main,
  ];
}

/** A broker writes it when it answers clients. */
export function saysItStarted(line: string): boolean {
  return line.includes(startedLogger) && line.includes('Kafka Server started');
}

/** Without `JAVA_TOOL_OPTIONS`, `KAFKA_*` and the like of the caller; what Maven and Java need to find their things stays. */
export function javaEnvironment(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'JAVA_HOME',
    'TMPDIR',
    'MAVEN_OPTS',
    'MAVEN_ARGS',
    'HTTPS_PROXY',
    'NO_PROXY',
  ];
  const kept = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...Object.fromEntries(kept) };
}

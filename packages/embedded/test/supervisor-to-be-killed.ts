import { silentLogger } from '@culprit/runtime';
import { startEmbeddedClickHouse, startEmbeddedKafka, startEmbeddedPostgres } from '../src/index.ts';
import type { Left } from './killed-supervisor.ts';

// Starts one store, says so, and waits to be killed: `node supervisor-to-be-killed.ts clickhouse|kafka|postgres <folder>`.
const [kind, dataFolder = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await start())}\n`);
setInterval(() => {}, 60_000);

async function start(): Promise<Left> {
  const options = { dataFolder, password: 'secret', logger: silentLogger() };
  if (kind === 'kafka') {
    const { nodes, brokers } = await startEmbeddedKafka(options);
    const [{ pid, port } = { pid: 0, port: 0 }] = nodes;
    return { pid, port, url: brokers };
  }
  const { pid, port, url } = await (kind === 'postgres'
    ? startEmbeddedPostgres(options)
    : startEmbeddedClickHouse(options));
  return { pid, port, url };
}

import { silentLogger } from '@culprit/runtime';
import { startEmbeddedClickHouse, startEmbeddedPostgres } from '../src/index.ts';

// Starts one store, says so, and waits to be killed: `node supervisor-to-be-killed.ts clickhouse|postgres <folder>`.
const [kind, dataFolder = ''] = process.argv.slice(2);
const options = { dataFolder, password: 'secret', logger: silentLogger() };
const store = await (kind === 'postgres' ? startEmbeddedPostgres(options) : startEmbeddedClickHouse(options));
process.stdout.write(`${JSON.stringify({ pid: store.pid, port: store.port, url: store.url })}\n`);
setInterval(() => {}, 60_000);

import cluster from 'node:cluster';
import { gunzipSync } from 'node:zlib';
import { fastify } from 'fastify';

/**
 * What ingest is measured against: the same number of processes, the same server, a route that gunzips the body and answers. Nothing is parsed,
 * checked or stored. Started with IPC; says `{kind: 'ready', port}`.
 */
const WORKERS = Number(process.env.WORKERS ?? '2');

if (cluster.isPrimary) {
  let ready = 0;
  for (let index = 0; index < WORKERS; index++) {
    cluster.fork().on('message', (message: { port: number }) => {
      ready++;
      if (ready === WORKERS) process.send?.({ kind: 'ready', port: message.port });
    });
  }
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
} else {
  const app = fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/api/:project/envelope/', (request, reply) => {
    const bytes = gunzipSync(request.body as Buffer);
    return reply.send({ id: bytes.length.toString(16).padStart(32, '0') });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
  process.on('disconnect', () => process.exit(0));
}

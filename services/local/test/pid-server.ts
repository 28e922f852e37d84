import { createServer } from 'node:http';

// Serves the socket that it was given and answers with its process number.
createServer((_request, answer) => answer.end(String(process.pid))).listen({ fd: 3 }, () =>
  process.send?.('listening'),
);

import { setTimeout as delay } from 'node:timers/promises';

// `culprit wait-ready`: ends when the service whose metrics are on CULPRIT_OPERATIONS_PORT works. For units that shall count as started only then.
const PATIENCE_MS = 60_000;
const POLL_MS = 100;
const port = Number(process.env.CULPRIT_OPERATIONS_PORT);
const host = process.env.CULPRIT_OPERATIONS_HOST || '127.0.0.1';

if (!Number.isInteger(port) || port < 1) {
  process.stderr.write('Set CULPRIT_OPERATIONS_PORT to a number from 1 on.\n');
  process.exitCode = 2;
} else if (!(await works())) {
  process.stderr.write(`Nothing answers on ${host}:${port} after ${PATIENCE_MS / 1_000} s.\n`);
  process.exitCode = 1;
}

async function works(): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    try {
      const answer = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/health/live`, {
        signal: AbortSignal.timeout(1_000),
      });
      await answer.arrayBuffer();
      if (answer.status === 200) return true;
    } catch {
      // Not listening yet.
    }
    await delay(POLL_MS);
  }
  return false;
}

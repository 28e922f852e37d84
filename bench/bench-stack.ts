import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedPorts, LocalStack } from '../test/chaos/local-stack.ts';

/**
 * A stack of its own for a bench, with ports that do not change when it starts again.
 *
 * @returns the stack, not started, and the folder to remove at the end.
 */
export async function benchStack(
  name: string,
  log: 'lmdb' | 'kafka',
): Promise<{ readonly stack: LocalStack; readonly base: string }> {
  const base = await mkdtemp(join(tmpdir(), `culprit-${name}-`));
  // Started as root, PostgreSQL runs as somebody else and must pass through.
  await chmod(base, 0o711);
  const stack = new LocalStack(join(base, 'data'), {
    ...fixedPorts(),
    CULPRIT_LOG_LEVEL: 'warn',
    CULPRIT_LOG: log,
    KAFKA_BROKERS: '',
  });
  return { stack, base };
}

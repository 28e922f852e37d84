import { hash } from 'node:crypto';
import type { GroupingHash } from '@culprit/protocol';

/**
 * 64 bits of SHA-256 over the parts, each followed by a NUL, so that `ab, c` and `a, bc` differ (no part holds a NUL: normalization removes
 * them). Short on purpose: ClickHouse stores UInt64, and a project with a million hashes meets a collision with probability 3e-8. From
 * `node:crypto`, which does no I/O: 1.4 µs for 1 KB, where MD5 takes 2.4 and a pair of 32-bit hashes in JavaScript 2.3.
 */
export function groupingHash(parts: readonly string[]): GroupingHash {
  return hash('sha256', `${parts.join('\u0000')}\u0000`, 'hex').slice(0, 16) as GroupingHash;
}

import { slowlyReadEnvelope } from '../../packages/protocol/test/slow-envelope-reader.ts';

/** Items that end in one outcome each, whatever becomes of them. Attachments and reports of clients count otherwise. */
const COUNTED: ReadonlySet<string> = new Set([
  'event',
  'security',
  'raw_security',
  'feedback',
  'user_report',
  'session',
  'sessions',
  'check_in',
]);
/** Categories that those items count in, and nothing else does. */
export const CATEGORIES: ReadonlySet<string> = new Set([
  'error',
  'default',
  'security',
  'feedback',
  'session',
  'monitor',
  'transaction',
]);

/** How many outcomes an accepted envelope must bring, by a second reader that shares nothing with the parser; undefined where it cannot be told. */
export function outcomesOf(envelope: Buffer): number | undefined {
  const read = slowlyReadEnvelope(envelope);
  if (read === undefined) return undefined;
  const types = read.items.map(({ header }) => String(header.type));
  // An empty envelope is counted, too.
  if (types.length === 0) return 1;
  if (types.includes('transaction')) return undefined;
  return types.filter((type) => COUNTED.has(type)).length;
}

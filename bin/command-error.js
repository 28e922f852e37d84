import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Something the person at the keyboard can mend: printed as one message, without a stack. */
export class CommandError extends Error {
  name = 'CommandError';
}

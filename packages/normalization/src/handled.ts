import type { NormalizedEvent } from '@culprit/protocol';

/** As stored in the column `handled`. */
export type Handled = 0 | 1 | 2;

/**
 * Whether the program caught the error itself: 0 no, 1 yes, 2 unknown. One unhandled exception of the chain makes the whole unhandled; a
 * chain in which nobody says is unknown.
 */
export function handledOf(event: Pick<NormalizedEvent, 'exception'>): Handled {
  let handled: Handled = 2;
  for (const exception of event.exception?.values ?? []) {
    const said = exception.mechanism?.handled;
    if (said === false) return 0;
    if (said === true) handled = 1;
  }
  return handled;
}

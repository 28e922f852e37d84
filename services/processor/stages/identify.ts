import { handledOf } from '@culprit/normalization';
import { actorHashOf, identitiesOf, userHashOf } from '@culprit/people';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { JsonObject, User } from '@culprit/protocol';
import { FILTERED } from '@culprit/scrubbing';
import type { GroupedEvent, IdentifiedEvent, StageContext } from './types.ts';

/** Who was hit: what a person can be found by, and the keyed hashes that people are counted by. */
export function identify(grouped: GroupedEvent, context: StageContext): StageResult<IdentifiedEvent> {
  const project = context.project(grouped.header.project_id);
  if (project === undefined) return drop('invalid', 'project_id');
  const user = knownOf(grouped.event.user ?? undefined, grouped.event._meta);
  return ok({
    ...grouped,
    identities: identitiesOf(user),
    userHash: userHashOf(project.hashSecret, user),
    actorHash: actorHashOf(project.hashSecret, { ...grouped.event, user: user ?? null }),
    handled: handledOf(grouped.event),
  });
}

/** The user without what was scrubbed: else all whose id was would be one person. What a rule has hashed still tells people apart. */
function knownOf(user: User | undefined, meta: JsonObject | null | undefined): User | undefined {
  if (user === undefined) return undefined;
  const known = Object.entries(user).filter(
    ([field, value]) => value !== FILTERED && !isReplaced(meta, field),
  );
  return known.length === Object.keys(user).length ? user : Object.fromEntries(known);
}

/** Whether a rule has put something in the place of a part of this field; that it was cut is remarked on, too, by names with an exclamation mark. */
function isReplaced(meta: JsonObject | null | undefined, field: string): boolean {
  const remarks = within(within(within(within(meta, 'user'), field), ''), 'rem');
  return (
    Array.isArray(remarks) &&
    remarks.some(
      (remark) =>
        Array.isArray(remark) &&
        !String(remark[0]).startsWith('!') &&
        (remark[1] === SUBSTITUTED || remark[1] === MASKED),
    )
  );
}

/** Types of remarks. */
const SUBSTITUTED = 's';
const MASKED = 'm';

function within(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as { readonly [key: string]: unknown })[key]
    : undefined;
}

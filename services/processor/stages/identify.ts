import { handledOf } from '@culprit/normalization';
import { actorHashOf, identitiesOf, userHashOf } from '@culprit/people';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { User } from '@culprit/protocol';
import { FILTERED } from '@culprit/scrubbing';
import type { GroupedEvent, IdentifiedEvent, StageContext } from './types.ts';

/** Who was hit: what a person can be found by, and the keyed hashes that people are counted by. */
export function identify(grouped: GroupedEvent, context: StageContext): StageResult<IdentifiedEvent> {
  const project = context.project(grouped.header.project_id);
  if (project === undefined) return drop('invalid', 'project_id');
  const user = knownOf(grouped.event.user ?? undefined);
  return ok({
    ...grouped,
    identities: identitiesOf(user),
    userHash: userHashOf(project.hashSecret, user),
    actorHash: actorHashOf(project.hashSecret, { ...grouped.event, user: user ?? null }),
    handled: handledOf(grouped.event),
  });
}

/** The user without what was scrubbed: else all whose id was would be one person. */
function knownOf(user: User | undefined): User | undefined {
  if (user === undefined || !Object.values(user).includes(FILTERED)) return user;
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== FILTERED));
}

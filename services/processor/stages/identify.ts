import { handledOf } from '@culprit/normalization';
import { actorHashOf, identitiesOf, userHashOf } from '@culprit/people';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { GroupedEvent, IdentifiedEvent, StageContext } from './types.ts';

/** Who was hit: what a person can be found by, and the keyed hashes that people are counted by. */
export function identify(grouped: GroupedEvent, context: StageContext): StageResult<IdentifiedEvent> {
  const project = context.project(grouped.header.project_id);
  if (project === undefined) return drop('invalid', 'project_id');
  const user = grouped.event.user ?? undefined;
  return ok({
    ...grouped,
    identities: identitiesOf(user),
    userHash: userHashOf(project.hashSecret, user),
    actorHash: actorHashOf(project.hashSecret, grouped.event),
    handled: handledOf(grouped.event),
  });
}

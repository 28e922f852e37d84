import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { nothingSchema } from '../../api/request.ts';
import { projectPath, tombstonesQuery } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { Time } from '../../ui/time.tsx';
import type { SettingsProps } from './project-change.ts';

/** Issues that were discarded: their events are filtered until somebody lets them in again. */
export function Discarded({ org, project, isReadOnly }: SettingsProps) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const list = useInfiniteQuery(tombstonesQuery(api, org, project.slug));
  const discarded = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const { mutate, isPending } = useMutation({
    mutationFn: (id: string) =>
      api.request(nothingSchema, `${projectPath(org, project.id)}tombstones/${id}/`, { method: 'DELETE' }),
    onSuccess: () => toasts.say('Its events are let in from now on'),
    onError: (error) => toasts.say(`Not changed: ${error.message}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['tombstones', org] }),
  });
  if (discarded.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-discarded">
      <header>
        <h2 id="h-discarded">Discarded issues</h2>
        <span className="n">
          {discarded.length}
          {list.hasNextPage ? '+' : ''}
        </span>
      </header>
      <ul className="plain discarded">
        {discarded.map((one) => (
          <li key={one.id} className="flex">
            <div className="clip">
              <bdi>{one.title}</bdi>
              <span className="two clip">
                <bdi className="mono">{one.culprit}</bdi> discarded <Time at={one.dateCreated} as="ago" />
                {one.actor !== null && <> by {one.actor.name || one.actor.email}</>}
              </span>
            </div>
            {!isReadOnly && (
              <button className="btn push" type="button" disabled={isPending} onClick={() => mutate(one.id)}>
                Let in again<span className="vh">: {one.title}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
    </section>
  );
}

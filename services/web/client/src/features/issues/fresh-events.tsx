import type { Issue } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { arrivalsQuery, type IssueListFilter } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';

/** What came since the list was drawn: events more than shown, and in how many issues. */
export function arrivalsOf(
  shown: readonly Issue[],
  now: readonly Issue[],
): { events: number; issues: number } {
  const before = new Map(shown.map((issue) => [issue.id, Number(issue.count)]));
  const more = now
    .map((issue) => Number(issue.count) - (before.get(issue.id) ?? 0))
    // An issue of a later page that moved up is not new.
    .filter((count, i) => count > 0 && (before.has(now[i]?.id ?? '') || shown.length < 100));
  return { events: more.reduce((sum, count) => sum + count, 0), issues: more.length };
}

/** New events wait here: nothing moves under the pointer. */
export function FreshEvents({
  org,
  filter,
  shown,
  onShow,
}: {
  org: string;
  filter: IssueListFilter;
  shown: readonly Issue[];
  onShow: () => void;
}) {
  const { api } = useApp();
  // What is shown is the first answer, so that nothing is asked twice when the page opens.
  const { data } = useQuery({ ...arrivalsQuery(api, org, filter), initialData: [...shown] });
  const { events, issues } = arrivalsOf(shown, data);
  useShortcuts([{ keys: '.', label: 'Show new arrivals', group: 'Lists', run: onShow }]);
  return (
    <div aria-live="polite">
      {events > 0 && (
        <button className="fresh" type="button" onClick={onShow}>
          <span className="dot pulse" data-v="watching" />
          {counted(events, 'new event', 'new events')} in {counted(issues, 'issue', 'issues')} <kbd>.</kbd> to
          show
        </button>
      )}
    </div>
  );
}

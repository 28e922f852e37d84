import type { Deploy, Issue, IssueStatus } from '@culprit/api';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import type { IssueListFilter } from '../../api/queries.ts';
import { sparkPeriodOf } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useNow } from '../../app/ticker.ts';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { ChoiceMenu } from '../../ui/choice-menu.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { IssueRow } from './issue-row.tsx';
import { useStatusChange } from './status-change.ts';
import { type Selection, useSelection } from './use-selection.ts';
import { useRowWindow } from './use-window.ts';

const WIDE_ROW_PX = 53;
const NARROW_ROW_PX = 124;
/** Height of what covers the top or the bottom of the page, and a little more. */
const STICKY_PX = 64;

export const SORTS = [
  ['new', 'newest first'],
  ['date', 'last seen first'],
  ['user', 'most people first'],
  ['freq', 'most events first'],
] as const;

/** Brings a row into sight, also one that is not drawn yet: rows have one height. */
function scrollToRow(list: HTMLElement | null, index: number, rowHeight: number): void {
  if (list === null) return;
  const top = list.getBoundingClientRect().top + index * rowHeight;
  const isHidden = top < STICKY_PX || top + rowHeight > window.innerHeight - STICKY_PX;
  if (isHidden) window.scrollBy({ top: top - window.innerHeight / 2, behavior: 'instant' });
}

/** Keys of a list: move, open, select. `show` brings a row into sight. */
function useListKeys(
  order: readonly string[],
  org: string,
  selection: Selection,
  show: (index: number) => void,
) {
  const navigate = useNavigate();
  const [current, setCurrent] = useState<number>();
  const go = (index: number): void => {
    const next = Math.max(0, Math.min(order.length - 1, index));
    if (order.length === 0) return;
    setCurrent(next);
    show(next);
  };
  const currentId = current === undefined ? undefined : order[current];
  const group = 'Lists';
  useShortcuts([
    { keys: 'j', label: 'Next', group, run: () => go(current === undefined ? 0 : current + 1) },
    { keys: 'k', label: 'Previous', group, run: () => go(current === undefined ? 0 : current - 1) },
    { keys: 'g g', label: 'First', group, run: () => go(0) },
    { keys: 'G', label: 'Last', group, run: () => go(order.length - 1) },
    {
      keys: 'Enter',
      label: 'Open',
      group,
      run: () => {
        if (currentId !== undefined)
          void navigate({ to: '/organizations/$org/issues/$issue', params: { org, issue: currentId } });
      },
    },
    {
      keys: 'x',
      label: 'Select',
      group,
      run: () => {
        if (currentId !== undefined) selection.toggle(currentId, false);
      },
    },
    {
      keys: 'X',
      label: 'Select up to here',
      group,
      run: () => {
        if (currentId !== undefined) selection.toggle(currentId, true);
      },
    },
    { keys: 'Escape', label: 'Clear the selection', group, run: selection.clear },
  ]);
  return current;
}

function useBulkChange(
  org: string,
  issues: readonly Issue[],
  selection: Selection,
  currentId: string | undefined,
) {
  const { change } = useStatusChange(org);
  const apply = (status: IssueStatus): void => {
    const chosen = issues.filter(({ id }) => selection.ids.has(id));
    const current = issues.filter(({ id }) => id === currentId);
    change({ status, issues: chosen.length > 0 ? chosen : current });
    selection.clear();
  };
  useShortcuts([
    { keys: 'e', label: 'Resolve what is selected', group: 'Lists', run: () => apply('resolved') },
    { keys: 'm', label: 'Ignore what is selected', group: 'Lists', run: () => apply('ignored') },
  ]);
  return apply;
}

function Caption({
  filter,
  total,
  selection,
  onSort,
}: {
  filter: IssueListFilter;
  total: string;
  selection: Selection;
  onSort: (sort: IssueListFilter['sort']) => void;
}) {
  const isAll = selection.ids.size > 0;
  return (
    <div className="cap">
      <input
        className="check"
        type="checkbox"
        aria-label="Select all that are shown"
        checked={isAll}
        onChange={() => selection.setAll(!isAll)}
      />
      <span className="flex">
        {total},{' '}
        <ChoiceMenu className="inline" label="Order" choices={SORTS} chosen={filter.sort} onChoose={onSort} />
      </span>
      <span aria-hidden="true">Since</span>
      <span aria-hidden="true">
        {sparkPeriodOf(filter.statsPeriod) === '24h' ? 'Last 24 h' : 'Last 14 days'}
      </span>
      <span className="num" aria-hidden="true">
        Events
      </span>
      <span className="num" aria-hidden="true">
        People
      </span>
      <span className="num" aria-hidden="true">
        Last seen
      </span>
    </div>
  );
}

/** The list of issues, windowed, worked by keys. */
export function IssueStream({
  org,
  filter,
  issues,
  deploys,
  hasMore,
  fresh,
  onSort,
}: {
  org: string;
  filter: IssueListFilter;
  issues: readonly Issue[];
  deploys: readonly Deploy[];
  hasMore: boolean;
  fresh: ReactNode;
  onSort: (sort: IssueListFilter['sort']) => void;
}) {
  const { ticker } = useApp();
  const now = useNow(ticker, 60_000);
  const list = useRef<HTMLOListElement>(null);
  const order = issues.map(({ id }) => id);
  const selection = useSelection(order);
  const rowHeight = window.innerWidth < 768 ? NARROW_ROW_PX : WIDE_ROW_PX;
  const current = useListKeys(order, org, selection, (index) => scrollToRow(list.current, index, rowHeight));
  const apply = useBulkChange(org, issues, selection, current === undefined ? undefined : order[current]);
  const { first, end } = useRowWindow(list, issues.length, rowHeight);
  const { toggle } = selection;
  const onSelect = useCallback((id: string, isRange: boolean) => toggle(id, isRange), [toggle]);
  return (
    <section className="stream" aria-label="Issues">
      <Caption
        filter={filter}
        total={`${issues.length}${hasMore ? '+' : ''} ${issues.length === 1 ? 'issue' : 'issues'}`}
        selection={selection}
        onSort={onSort}
      />
      {fresh}
      <ol
        className="rows"
        ref={list}
        style={{ paddingTop: first * rowHeight, paddingBottom: (issues.length - end) * rowHeight }}
      >
        {issues.slice(first, end).map((issue, i) => (
          <IssueRow
            key={issue.id}
            org={org}
            issue={issue}
            index={first + i}
            total={hasMore ? -1 : issues.length}
            deploys={deploys}
            sparkPeriod={sparkPeriodOf(filter.statsPeriod)}
            now={now}
            isCurrent={first + i === current}
            isSelected={selection.ids.has(issue.id)}
            onSelect={onSelect}
          />
        ))}
      </ol>
      <BulkBar count={selection.ids.size} onChange={apply} onClear={selection.clear} />
    </section>
  );
}

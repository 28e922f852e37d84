import type { IssueDetail, IssueStatus } from '@culprit/api';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { useStatusChange } from '../issues/status-change.ts';
import { IssueRemoval } from './issue-removal.tsx';

/** What can be done with the issue; each can be undone, but for its removal, which asks. */
export function IssueActions({ org, issue }: { org: string; issue: IssueDetail }) {
  const { change, isPending } = useStatusChange(org);
  const set = (status: IssueStatus): void => change({ issues: [issue], status });
  const isOpen = issue.status === 'unresolved';
  useShortcuts([
    {
      keys: 'e',
      label: 'Resolve or reopen',
      group: 'Issue',
      run: () => set(isOpen ? 'resolved' : 'unresolved'),
    },
    { keys: 'm', label: 'Ignore', group: 'Issue', run: () => set('ignored') },
  ]);
  return (
    <div className="acts">
      {isOpen ? (
        <>
          <button className="btn main" type="button" disabled={isPending} onClick={() => set('resolved')}>
            Resolve <kbd>e</kbd>
          </button>
          <button className="btn" type="button" disabled={isPending} onClick={() => set('ignored')}>
            Ignore <kbd>m</kbd>
          </button>
        </>
      ) : (
        <button className="btn" type="button" disabled={isPending} onClick={() => set('unresolved')}>
          Reopen <kbd>e</kbd>
        </button>
      )}
      <IssueRemoval org={org} issue={issue} />
    </div>
  );
}

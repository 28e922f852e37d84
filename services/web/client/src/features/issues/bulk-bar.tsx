import type { IssueStatus } from '@culprit/api';
import { Button, Toolbar } from 'react-aria-components';
import { IconButton } from '../../ui/icon-button.tsx';

/** What can be done with the ticked issues. Never takes the focus by itself. */
export function BulkBar({
  count,
  onChange,
  onClear,
}: {
  count: number;
  onChange: (status: IssueStatus) => void;
  onClear: () => void;
}) {
  if (count === 0) return null;
  return (
    <Toolbar className="bulk" aria-label={`With the ${count} selected issues`}>
      <b>{count} selected</b>
      <span className="rule" />
      <Button className="btn" onPress={() => onChange('resolved')}>
        Resolve <kbd>e</kbd>
      </Button>
      <Button className="btn" onPress={() => onChange('ignored')}>
        Ignore <kbd>m</kbd>
      </Button>
      <Button className="btn" onPress={() => onChange('unresolved')}>
        Reopen
      </Button>
      <span className="rule" />
      <IconButton icon="x" label="Clear the selection" keys="esc" onPress={onClear} />
    </Toolbar>
  );
}

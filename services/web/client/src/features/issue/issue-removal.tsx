import type { IssueDetail } from '@culprit/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { accountQuery, issuePath } from '../../api/queries.ts';
import { nothingSchema } from '../../api/request.ts';
import { projectPath } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Icon } from '../../ui/icon.tsx';

/** `discard`: what would join it later is not let in either. */
type Removal = 'delete' | 'discard';

const WORDS = {
  delete: {
    item: 'Delete…',
    verb: 'Delete for ever',
    done: 'Deleted',
    note: 'When the same happens again it is a new issue.',
  },
  discard: {
    item: 'Delete and discard future events…',
    verb: 'Delete and discard',
    done: 'Discarded',
    note: 'What would join it later is not kept, until somebody lets it in again under inbound filters.',
  },
} as const;

function useRemoval(org: string, issue: IssueDetail) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (removal: Removal) =>
      removal === 'delete'
        ? api.request(nothingSchema, issuePath(org, issue.id), { method: 'DELETE' })
        : api.request(nothingSchema, `${projectPath(org, issue.project.id)}issues/`, {
            method: 'PUT',
            query: { id: issue.id },
            body: { discard: true },
          }),
    onSuccess: async (_, removal) => {
      toasts.say(`${WORDS[removal].done} ${issue.shortId}`);
      await navigate({ to: '/organizations/$org/issues', params: { org } });
      await Promise.all(
        ['issues', 'arrivals', 'person', 'tombstones'].map((key) =>
          queryClient.invalidateQueries({ queryKey: [key, org] }),
        ),
      );
    },
  });
}

/** The ways to get rid of an issue for ever, for those who may. */
export function IssueRemoval({ org, issue }: { org: string; issue: IssueDetail }) {
  const { api } = useApp();
  const { data: account } = useQuery(accountQuery(api));
  const [asked, setAsked] = useState<Removal | undefined>(undefined);
  const { mutate, isPending, error, reset } = useRemoval(org, issue);
  const role = account?.organizations.find(({ slug, id }) => slug === org || id === org)?.role;
  if (role !== 'owner' && role !== 'admin') return null;
  const ask = (removal: Removal | undefined): void => {
    reset();
    setAsked(removal);
  };
  const words = WORDS[asked ?? 'delete'];
  return (
    <>
      <MenuTrigger>
        <Button className="btn icon" aria-label="More">
          <Icon name="more" small />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="pop" aria-label="More" onAction={(key) => ask(key as Removal)}>
            {(['delete', 'discard'] as const).map((removal) => (
              <MenuItem key={removal} id={removal} textValue={WORDS[removal].item}>
                {WORDS[removal].item}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      <Confirm
        title={`Delete ${issue.shortId}`}
        verb={words.verb}
        isOpen={asked !== undefined}
        isPending={isPending}
        error={error}
        onOpenChange={(isOpen) => ask(isOpen ? asked : undefined)}
        onConfirm={() => asked !== undefined && mutate(asked)}
      >
        <p>
          The issue and its {counted(Number(issue.count), 'event', 'events')} go, and cannot be brought back.{' '}
          {words.note}
        </p>
      </Confirm>
    </>
  );
}

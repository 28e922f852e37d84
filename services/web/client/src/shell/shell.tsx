import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { accountQuery } from '../api/queries.ts';
import { useApp } from '../app/app-context.tsx';
import { NotFound } from '../app/not-found.tsx';
import { FailureNote } from '../ui/note.tsx';
import { OfflineNote } from './offline-note.tsx';
import { Rail } from './rail.tsx';
import { useShellShortcuts } from './use-shell-shortcuts.ts';

/** Turns to the sign-in page, once: while the router is on its way there, this page is still drawn. */
function AskToSignIn() {
  const [next] = useState(useLocation({ select: ({ href }) => href }));
  const navigate = useNavigate();
  useEffect(() => void navigate({ to: '/login', search: { next }, replace: true }), [navigate, next]);
  return null;
}

/** What stands on every page of an organization: rail, scope, and the page in the middle. */
export function Shell() {
  const { api } = useApp();
  const { org = '' } = useParams({ strict: false });
  const account = useQuery(accountQuery(api));
  const organization = account.data?.organizations.find(({ slug, id }) => slug === org || id === org);
  useShellShortcuts(org, account.data?.isStaff === true);
  if (account.isError) {
    return (
      <main className="page">
        <FailureNote what="Your account" error={account.error} onRetry={() => void account.refetch()} />
      </main>
    );
  }
  if (account.data === undefined) return null;
  if (account.data === null) return <AskToSignIn />;
  if (organization === undefined) return <NotFound />;
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="shell">
        <Rail account={account.data} organization={organization} />
        <div>
          <OfflineNote />
          <Outlet />
        </div>
      </div>
    </>
  );
}

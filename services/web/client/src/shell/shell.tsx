import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation, useParams } from '@tanstack/react-router';
import { accountQuery } from '../api/queries.ts';
import { useApp } from '../app/app-context.tsx';
import { NotFound } from '../app/not-found.tsx';
import { FailureNote } from '../ui/note.tsx';
import { OfflineNote } from './offline-note.tsx';
import { Rail } from './rail.tsx';
import { useShellShortcuts } from './use-shell-shortcuts.ts';

/** What stands on every page of an organization: rail, scope, and the page in the middle. */
export function Shell() {
  const { api } = useApp();
  const { org = '' } = useParams({ strict: false });
  const next = useLocation({ select: ({ href }) => href });
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
  if (account.data === null) return <Navigate to="/login" search={{ next }} replace />;
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

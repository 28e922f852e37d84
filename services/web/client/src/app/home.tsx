import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { accountQuery } from '../api/queries.ts';
import { FailureNote } from '../ui/note.tsx';
import { useApp } from './app-context.tsx';
import { NotFound } from './not-found.tsx';

/** `/`: the issues of the first organization, or sign in. */
export function Home() {
  const { api } = useApp();
  const account = useQuery(accountQuery(api));
  if (account.isError) {
    return (
      <main className="page">
        <FailureNote what="Your account" error={account.error} onRetry={() => void account.refetch()} />
      </main>
    );
  }
  if (account.data === undefined) return null;
  if (account.data === null) return <Navigate to="/login" search={{}} replace />;
  const [first] = account.data.organizations;
  if (first === undefined) return <NotFound />;
  return <Navigate to="/organizations/$org/issues" params={{ org: first.slug }} replace />;
}

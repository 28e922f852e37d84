import { accountSchema } from '@culprit/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect } from 'react';
import { accountQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Note } from '../../ui/note.tsx';

/** Only an address of these pages: `//elsewhere.example` would leave them. */
export function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])\S*$/.test(next) ? next : '/';
}

function useSignIn(): {
  signIn: (email: string, password: string) => void;
  error: Error | null;
  isPending: boolean;
} {
  const { api } = useApp();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ strict: false });
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: { email: string; password: string }) =>
      api.request(accountSchema, '/api/0/auth/', { method: 'POST', body }),
    onSuccess: async (account) => {
      queryClient.setQueryData(accountQuery(api).queryKey, account);
      await navigate({ href: safeNext(next), replace: true });
    },
  });
  return { signIn: (email, password) => mutate({ email, password }), error, isPending };
}

export function LoginPage() {
  const { signIn, error, isPending } = useSignIn();
  useEffect(() => {
    document.title = 'Sign in · Culprit';
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn(String(form.get('email') ?? ''), String(form.get('password') ?? ''));
  };
  return (
    <main className="door" id="main">
      <form onSubmit={submit}>
        <p className="brand">
          <Icon name="logo" />
          Culprit
        </p>
        <h1>Sign in</h1>
        <label>
          Email
          <span className="field">
            {/* biome-ignore lint/a11y/noAutofocus: the page has one purpose. */}
            <input name="email" type="email" autoComplete="username" required autoFocus spellCheck={false} />
          </span>
        </label>
        <label>
          Password
          <span className="field">
            <input name="password" type="password" autoComplete="current-password" required />
          </span>
        </label>
        {error !== null && (
          <Note tone="suspect" role="alert">
            <p>{error.message}</p>
          </Note>
        )}
        <button className="btn main wide" type="submit" disabled={isPending}>
          {isPending ? 'Signing in' : 'Sign in'}
        </button>
        <p className="small qq">
          The first start printed an email and a password; they also stand in{' '}
          <span className="mono">first-run.json</span> in the data folder.
        </p>
      </form>
    </main>
  );
}

import './without-eval.ts';
import './styles/index.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/api-error.ts';
import { accountQuery } from './api/queries.ts';
import { createApi } from './api/request.ts';
import { type AppParts, AppProvider } from './app/app-context.tsx';
import { createConnection } from './app/connection.ts';
import { applyTheme, createPreferences } from './app/preferences.ts';
import { createAppRouter } from './app/router.tsx';
import { createTicker } from './app/ticker.ts';
import { createToasts } from './app/toasts.ts';
import { createShortcuts, listenForKeys } from './keyboard/shortcuts.ts';

function storageOf(window: Window): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

const now = (): number => Date.now();
const connection = createConnection(now);
const api = createApi({ connection });

const onError = (error: Error): void => {
  // The session ended: the shell sees that nobody is logged in and asks to sign in.
  if (error instanceof ApiError && error.status === 401)
    queryClient.setQueryData(accountQuery(api).queryKey, null);
};
const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the browser thinks of the network is often wrong for a server on this machine.
      networkMode: 'always',
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
    },
    mutations: { networkMode: 'always' },
  },
});

const parts: AppParts = {
  api,
  connection,
  preferences: createPreferences(storageOf(window)),
  shortcuts: createShortcuts(),
  ticker: createTicker(now),
  toasts: createToasts(),
};
applyTheme(parts.preferences, document.documentElement);
listenForKeys(parts.shortcuts, window, () => parts.preferences.get().hasLetterKeys);

const element = document.getElementById('app');
if (element === null) throw new Error('index.html has no #app');
createRoot(element).render(
  <StrictMode>
    <AppProvider value={parts}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={createAppRouter()} />
      </QueryClientProvider>
    </AppProvider>
  </StrictMode>,
);

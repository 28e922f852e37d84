import { createContext, useContext } from 'react';
import type { Api } from '../api/request.ts';
import type { Shortcuts } from '../keyboard/shortcuts.ts';
import type { Connection } from './connection.ts';
import type { Preferences } from './preferences.ts';
import { type Store, useStore } from './store.ts';
import type { Ticker } from './ticker.ts';
import type { Toasts } from './toasts.ts';

/** The parts that main.tsx builds once. */
export interface AppParts {
  readonly api: Api;
  readonly connection: Connection;
  readonly preferences: Store<Preferences>;
  readonly shortcuts: Shortcuts;
  readonly ticker: Ticker;
  readonly toasts: Toasts;
}

const AppContext = createContext<AppParts | undefined>(undefined);
export const AppProvider = AppContext.Provider;

export function useApp(): AppParts {
  const parts = useContext(AppContext);
  if (parts === undefined) throw new Error('outside of the app');
  return parts;
}

export function usePreferences(): Preferences {
  return useStore(useApp().preferences);
}

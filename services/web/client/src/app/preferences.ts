import { z } from 'zod';
import { createStore, type Store } from './store.ts';

const preferencesSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  zone: z.enum(['UTC', 'local']).catch('UTC'),
  /** Single letters as shortcuts; people who speak to their computer turn them off. */
  hasLetterKeys: z.boolean().catch(true),
});
export type Preferences = z.output<typeof preferencesSchema>;
export type Theme = Preferences['theme'];
export type Zone = Preferences['zone'];

/** Also read by public/theme.js, before anything else runs. */
const KEY = 'culprit.preferences';

function read(storage: Storage | undefined): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(storage?.getItem(KEY) ?? '{}');
  } catch {
    stored = {};
  }
  return preferencesSchema.catch(preferencesSchema.parse({})).parse(stored);
}

/** What this browser remembers of how a person likes it. Without storage it lasts until the page is closed. */
export function createPreferences(storage: Storage | undefined): Store<Preferences> {
  const store = createStore(read(storage));
  store.subscribe(() => {
    try {
      storage?.setItem(KEY, JSON.stringify(store.get()));
    } catch {
      // A full or forbidden storage costs only the memory of it.
    }
  });
  return store;
}

/** Keeps `data-theme` as chosen. */
export function applyTheme(preferences: Store<Preferences>, root: HTMLElement): void {
  const apply = (): void => {
    const { theme } = preferences.get();
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  apply();
  preferences.subscribe(apply);
}

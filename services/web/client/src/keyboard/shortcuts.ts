import { createStore, type Store } from '../app/store.ts';

export interface Shortcut {
  /** `j`, `G`, `?`, `g i`, `Enter`. A capital letter means shift. */
  readonly keys: string;
  readonly label: string;
  readonly group: string;
  readonly run: () => void;
}

/** Keys that are live now. The last layer that knows a key wins. */
export interface Shortcuts {
  /** Whether the list of all keys is shown. */
  readonly isListed: Store<boolean>;
  readonly layers: Store<readonly (readonly Shortcut[])[]>;
  add(layer: readonly Shortcut[]): () => void;
  /** @returns whether a shortcut took it. */
  press(key: string, at: number): boolean;
}

const SEQUENCE_MS = 1_200;

export function createShortcuts(): Shortcuts {
  const layers = createStore<readonly (readonly Shortcut[])[]>([]);
  let first: { readonly key: string; readonly at: number } | undefined;

  const find = (keys: string): Shortcut | undefined =>
    layers
      .get()
      .flat()
      .findLast((shortcut) => shortcut.keys === keys);
  const begins = (key: string): boolean =>
    layers
      .get()
      .flat()
      .some((shortcut) => shortcut.keys.startsWith(`${key} `));

  return {
    isListed: createStore(false),
    layers,
    add(layer) {
      layers.set([...layers.get(), layer]);
      return () => layers.set(layers.get().filter((one) => one !== layer));
    },
    press(key, at) {
      const before = first !== undefined && at - first.at < SEQUENCE_MS ? first.key : undefined;
      first = undefined;
      const hit = (before === undefined ? undefined : find(`${before} ${key}`)) ?? find(key);
      if (hit !== undefined) {
        hit.run();
        return true;
      }
      if (!begins(key)) return false;
      first = { key, at };
      return true;
    },
  };
}

/** Whether a key typed there is text or works the thing that has the focus. */
function belongsTo(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target.closest('input:not([type=checkbox]), textarea, select, [role=menu], [role=listbox]')
  ) {
    return true;
  }
  return (key === 'Enter' || key === ' ') && target.closest('a, button, summary, [role=button]') !== null;
}

/** Listens on the window. Off in fields, with modifiers, under a dialog, and when the person turned letters off. */
export function listenForKeys(shortcuts: Shortcuts, window: Window, isOn: () => boolean): void {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isOn() || belongsTo(event.target, event.key)) return;
    if (window.document.querySelector('[role=dialog]') !== null) return;
    if (shortcuts.press(event.key, event.timeStamp)) event.preventDefault();
  });
}

import { createStore, type Store } from './store.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: (() => void) | undefined;
}

/** What a person just did, said once, with the way back. */
export interface Toasts {
  readonly shown: Store<Toast | undefined>;
  say(text: string, undo?: () => void): void;
  undo(): void;
  close(): void;
}

export function createToasts(): Toasts {
  const shown = createStore<Toast | undefined>(undefined);
  let count = 0;
  return {
    shown,
    say(text, undo) {
      count += 1;
      shown.set({ id: count, text, undo });
    },
    undo() {
      const toast = shown.get();
      if (toast?.undo === undefined) return;
      shown.set(undefined);
      toast.undo();
    },
    close: () => shown.set(undefined),
  };
}

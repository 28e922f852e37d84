import { useApp, usePreferences } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { Sheet } from '../ui/dialog.tsx';
import type { Shortcut } from './shortcuts.ts';
import { useShortcuts } from './use-shortcuts.ts';

const ORDER = ['Anywhere', 'Go to', 'Lists', 'Issue'];

function grouped(
  layers: readonly (readonly Shortcut[])[],
): readonly (readonly [string, readonly Shortcut[]])[] {
  const byKeys = new Map(layers.flat().map((shortcut) => [shortcut.keys, shortcut]));
  return ORDER.map(
    (group) => [group, [...byKeys.values()].filter((one) => one.group === group)] as const,
  ).filter(([, shortcuts]) => shortcuts.length > 0);
}

function KeyRow({ shortcut }: { shortcut: Shortcut }) {
  return (
    <div className="keyrow">
      <span>{shortcut.label}</span>
      {shortcut.keys.split(' ').map((key) => (
        <kbd key={key}>{key === 'Enter' ? '↵' : key === 'Escape' ? 'esc' : key}</kbd>
      ))}
    </div>
  );
}

/** `?`: every key that is live on this page, and the switch that turns single letters off. */
export function ShortcutsDialog() {
  const { shortcuts, preferences } = useApp();
  const layers = useStore(shortcuts.layers);
  const { hasLetterKeys } = usePreferences();
  const isOpen = useStore(shortcuts.isListed);
  const setOpen = shortcuts.isListed.set;
  useShortcuts([{ keys: '?', label: 'All keys', group: 'Anywhere', run: () => setOpen(true) }]);
  return (
    <Sheet title="Keys on this page" isOpen={isOpen} onOpenChange={setOpen}>
      <div className="list">
        {grouped(layers).map(([group, all]) => (
          <section key={group}>
            <h3>{group}</h3>
            {all.map((shortcut) => (
              <KeyRow key={shortcut.keys} shortcut={shortcut} />
            ))}
          </section>
        ))}
      </div>
      <footer>
        <label className="flex">
          <input
            className="check"
            type="checkbox"
            checked={hasLetterKeys}
            onChange={(event) =>
              preferences.set({ ...preferences.get(), hasLetterKeys: event.currentTarget.checked })
            }
          />
          Letters are shortcuts
        </label>
        <span className="push">Off in fields</span>
      </footer>
    </Sheet>
  );
}

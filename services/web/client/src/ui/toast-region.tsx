import { useEffect, useState } from 'react';
import { useApp } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { useShortcuts } from '../keyboard/use-shortcuts.ts';

const STAY_MS = 8_000;

/** Where what was just done is said. Stays as long as it is hovered or focused. */
export function ToastRegion() {
  const { toasts } = useApp();
  const toast = useStore(toasts.shown);
  const [isHeld, setHeld] = useState(false);
  useShortcuts([{ keys: 'u', label: 'Undo', group: 'Anywhere', run: toasts.undo }]);
  useEffect(() => {
    if (toast === undefined || isHeld) return;
    const timer = setTimeout(toasts.close, STAY_MS);
    return () => clearTimeout(timer);
  }, [toast, isHeld, toasts]);
  return (
    <div
      className="toasts"
      role="status"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast !== undefined && (
        <div className="toast" key={toast.id}>
          <span>{toast.text}</span>
          {toast.undo !== undefined && (
            <>
              <button type="button" onClick={toasts.undo}>
                Undo
              </button>
              <kbd>u</kbd>
            </>
          )}
        </div>
      )}
    </div>
  );
}

import { type ReactNode, useState } from 'react';
import { Sheet } from './dialog.tsx';
import { Note } from './note.tsx';

/** Asks before what cannot be undone. With `phrase` it has to be typed first. */
export function Confirm({
  title,
  verb,
  phrase,
  isOpen,
  isPending,
  error,
  onOpenChange,
  onConfirm,
  children,
}: {
  title: string;
  /** On the button: what will be done. */
  verb: string;
  phrase?: string;
  isOpen: boolean;
  isPending: boolean;
  error: Error | null;
  onOpenChange: (isOpen: boolean) => void;
  onConfirm: () => void;
  children: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  const close = (): void => {
    // Asked again, it is typed again.
    setTyped('');
    onOpenChange(false);
  };
  const isReady = phrase === undefined || typed.trim() === phrase;
  return (
    <Sheet
      title={title}
      isOpen={isOpen}
      onOpenChange={(opens) => (opens ? onOpenChange(true) : close())}
      isSmall
    >
      <form
        className="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onConfirm();
        }}
      >
        {children}
        {phrase !== undefined && (
          <label className="setting">
            <span>
              Type <b className="mono">{phrase}</b> to go on
            </span>
            <span className="field">
              <input
                // biome-ignore lint/a11y/noAutofocus: a question that was asked for is answered here.
                autoFocus
                value={typed}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            </span>
          </label>
        )}
        {error !== null && (
          <Note tone="suspect" role="alert">
            <p>{error.message}</p>
          </Note>
        )}
        <div className="flex">
          <button className="btn main" type="submit" disabled={!isReady || isPending}>
            {verb}
          </button>
          <button
            className="btn"
            type="button"
            // biome-ignore lint/a11y/noAutofocus: the harmless answer of a question that was asked for.
            autoFocus={phrase === undefined}
            onClick={close}
          >
            Keep it
          </button>
        </div>
      </form>
    </Sheet>
  );
}

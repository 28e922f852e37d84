import type { ErrorComponentProps } from '@tanstack/react-router';
import { FailureNote } from '../ui/note.tsx';

/** A page that broke says so where it would stand. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <main className="page" id="main">
      <FailureNote
        what="This page"
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={reset}
      />
    </main>
  );
}

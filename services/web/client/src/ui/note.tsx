import type { ReactNode } from 'react';
import { ApiError } from '../api/api-error.ts';
import { Icon, type IconName } from './icon.tsx';

/** Something to know, in the flow of the page. */
export function Note({
  icon = 'info',
  tone = 'nodata',
  children,
  action,
  role,
}: {
  icon?: IconName;
  tone?: 'nodata' | 'suspect' | 'watching' | 'healthy';
  children: ReactNode;
  action?: ReactNode;
  role?: 'alert' | 'status';
}) {
  return (
    <div className="note" data-v={tone} role={role}>
      <Icon name={icon} />
      <div>{children}</div>
      {action}
    </div>
  );
}

function sentenceOf(error: Error): string {
  if (error instanceof ApiError && error.isOffline) return 'The server could not be reached.';
  return error.message;
}

/** The part that failed says so in its own place; the rest of the page stands. */
export function FailureNote({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Note
      tone="suspect"
      action={
        <button className="btn" type="button" onClick={onRetry}>
          Try now
        </button>
      }
    >
      <p>
        <b>{what} could not be loaded.</b> <span className="q">{sentenceOf(error)}</span>
        {requestId !== undefined && (
          <span className="q">
            {' '}
            Request <span className="mono">{requestId}</span>.
          </span>
        )}
      </p>
    </Note>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { useApp, usePreferences } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { formatClock } from '../format/times.ts';
import { Note } from '../ui/note.tsx';

/** One note under the bar while the server is not reached; what is shown is dated. */
export function OfflineNote() {
  const { connection } = useApp();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const lostSince = useStore(connection.lostSince);
  if (lostSince === undefined) return null;
  return (
    <div className="offline">
      <Note
        icon="wifi"
        tone="suspect"
        role="status"
        action={
          <button
            className="btn"
            type="button"
            onClick={() => void queryClient.refetchQueries({ type: 'active' })}
          >
            Try now
          </button>
        }
      >
        <p>
          <b>No connection since {formatClock(lostSince, zone)}.</b>{' '}
          <span className="q">You see what was here then. We keep trying.</span>
        </p>
      </Note>
    </div>
  );
}

import { replayAnswerSchema, type System } from '@culprit/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { Time } from '../../ui/time.tsx';

type DeadLetter = System['deadLetters']['newest'][number];

/** Wants dead letters replayed, these or all, and says so. */
function useReplay(): { replay: (ids: readonly string[] | undefined) => void; isPending: boolean } {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: (ids: readonly string[] | undefined) =>
      api.request(replayAnswerSchema, '/api/0/system/dead-letters/replay/', {
        method: 'POST',
        body: { ids },
      }),
    onSuccess: ({ requested }) =>
      toasts.say(`${counted(requested, 'record', 'records')} will be processed again`),
    onError: (error) => toasts.say(`Not replayed: ${error.message}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
  });
  return { replay: mutate, isPending };
}

function Row({ letter, onReplay }: { letter: DeadLetter; onReplay: (() => void) | undefined }) {
  return (
    <tr>
      <td>
        <bdi>{letter.reason}</bdi>
        <span className="two">
          {letter.kind} in {letter.stage}
        </span>
      </td>
      <td className="mono">
        {letter.partition}/{letter.offset}
      </td>
      <td>
        <Time at={letter.dateCreated} as="ago" />
      </td>
      <td className="num">
        {letter.dateReplayRequested !== null ? (
          <span className="q">waits for its turn</span>
        ) : (
          <button
            className="btn"
            type="button"
            disabled={onReplay === undefined}
            onClick={onReplay}
            aria-label={`Replay ${letter.partition}/${letter.offset}`}
          >
            Replay
          </button>
        )}
      </td>
    </tr>
  );
}

/** Records that a stage refused, newest first. Reasons never hold values of the event. */
export function DeadLetters({ letters: { open, newest } }: { letters: System['deadLetters'] }) {
  const { replay, isPending } = useReplay();
  if (newest.length === 0) return null;
  const isAllAsked = newest.length === open && newest.every((letter) => letter.dateReplayRequested !== null);
  return (
    <section className="sec" aria-labelledby="h-dead">
      <header>
        <h2 id="h-dead">Dead letters</h2>
        <span className="n">
          {open > newest.length ? `newest ${newest.length} of ${open}` : 'newest first'}
        </span>
        <button
          className="btn push"
          type="button"
          disabled={isPending || isAllAsked}
          onClick={() => replay(undefined)}
        >
          Replay all
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <section className="scrolls" tabIndex={0} aria-label="Dead letters">
        <table>
          <thead>
            <tr>
              <th>Reason</th>
              <th>Place</th>
              <th>When</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {newest.map((letter) => (
              <Row
                key={letter.id}
                letter={letter}
                onReplay={isPending ? undefined : () => replay([letter.id])}
              />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

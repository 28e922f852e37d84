import type { EventDetail, EventException, EventStacktrace } from '@culprit/api';
import { useState } from 'react';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { type FrameGroup, groupFrames, librarySentence, openFrameOf } from './frame-groups.ts';
import { FrameView } from './frame-view.tsx';

type Depth = 'app' | 'full';

function LibraryFrames({ group, isAbove }: { group: FrameGroup & { kind: 'library' }; isAbove: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button className="calls" type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {librarySentence(group.frames, isAbove)}
      </button>
      {isOpen &&
        group.frames.map((frame, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: frames have no other name and never move.
          <FrameView key={i} frame={frame} isOpen={false} />
        ))}
    </>
  );
}

function Frames({
  stacktrace,
  depth,
  isFirst,
}: {
  stacktrace: EventStacktrace;
  depth: Depth;
  isFirst: boolean;
}) {
  const groups = groupFrames(stacktrace.frames, depth === 'full');
  const open = isFirst ? openFrameOf(groups) : undefined;
  if (groups.length === 0) return <p className="q small">The SDK sent no frames.</p>;
  return (
    <div className="frames">
      {groups.map((group, i) =>
        group.kind === 'library' ? (
          <LibraryFrames key={group.index} group={group} isAbove={i === 0} />
        ) : (
          <FrameView key={group.index} frame={group.frame} isOpen={group.index === open} />
        ),
      )}
    </div>
  );
}

function Exception({
  exception,
  rank,
  count,
  depth,
}: {
  exception: EventException;
  rank: number;
  count: number;
  depth: Depth;
}) {
  return (
    <>
      <div className={count > 1 ? 'exc' : 'exc alone'}>
        {count > 1 && <span className="rank">{rank}</span>}
        <div>
          <b>
            <bdi>{exception.type ?? 'Error'}</bdi>
          </b>
          <p>
            <bdi>{exception.value}</bdi>
            {rank > 1 && <span className="qq"> The cause of {rank - 1}.</span>}
          </p>
        </div>
      </div>
      {exception.stacktrace !== null && (
        <Frames stacktrace={exception.stacktrace} depth={depth} isFirst={rank === 1} />
      )}
    </>
  );
}

interface Traces {
  readonly exceptions: readonly EventException[];
  /** Without an exception: the trace of the message or of the thread that crashed. */
  readonly bare: EventStacktrace | undefined;
}

/** The exceptions with the one that was seen first, then its causes. */
export function tracesOf(event: Pick<EventDetail, 'entries'>): Traces {
  const exception = event.entries.find((entry) => entry.type === 'exception');
  if (exception !== undefined) return { exceptions: exception.data.values.toReversed(), bare: undefined };
  const trace = event.entries.find((entry) => entry.type === 'stacktrace')?.data;
  const threads = event.entries.find((entry) => entry.type === 'threads')?.data.values ?? [];
  const thread =
    threads.find(({ crashed }) => crashed) ?? threads.find(({ current }) => current) ?? threads[0];
  return { exceptions: [], bare: trace ?? thread?.stacktrace ?? undefined };
}

/** The chain of exceptions, newest call first, open at the app's own code. */
export function StackTrace({ event }: { event: EventDetail }) {
  const [depth, setDepth] = useState<Depth>('app');
  const { exceptions, bare } = tracesOf(event);
  useShortcuts([
    {
      keys: 'f',
      label: 'Frames: app only or all',
      group: 'Issue',
      run: () => setDepth(depth === 'app' ? 'full' : 'app'),
    },
  ]);
  if (exceptions.length === 0 && bare === undefined) return null;
  return (
    <section className="sec" aria-labelledby="h-stack">
      <header>
        <h2 id="h-stack">Stack trace</h2>
        <span className="n">newest call first</span>
        <span className="ctl">
          <Segmented
            label="Frames"
            choices={[
              ['app', 'App only'],
              ['full', 'Full'],
            ]}
            chosen={depth}
            onChoose={setDepth}
          />
        </span>
      </header>
      {exceptions.map((exception, i) => (
        <Exception
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain has no other names and never moves.
          key={i}
          exception={exception}
          rank={i + 1}
          count={exceptions.length}
          depth={depth}
        />
      ))}
      {bare !== undefined && <Frames stacktrace={bare} depth={depth} isFirst />}
    </section>
  );
}

import type { EventDetail } from '@culprit/api';
import { useNavigate } from '@tanstack/react-router';
import { useApp } from '../../app/app-context.tsx';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Time } from '../../ui/time.tsx';

const WHICH = [
  ['oldest', 'First'],
  ['recommended', 'Recommended'],
  ['latest', 'Latest'],
] as const;

const NAMES: Readonly<Record<string, string>> = {
  oldest: 'First event',
  recommended: 'Recommended event',
  latest: 'Latest event',
};

/** Which event is shown, and the way to the others. */
export function EventBar({
  org,
  issue,
  which,
  event,
  markdown,
}: {
  org: string;
  issue: string;
  /** `latest`, `oldest`, `recommended` or an id. */
  which: string;
  event: EventDetail;
  markdown: string;
}) {
  const navigate = useNavigate();
  const { toasts } = useApp();
  const show = (wanted: string | null): void => {
    if (wanted === null) return;
    void navigate({
      to: '/organizations/$org/issues/$issue/events/$event',
      params: { org, issue, event: wanted },
      replace: true,
      resetScroll: false,
    });
  };
  const group = 'Issue';
  useShortcuts([
    { keys: '[', label: 'Older event', group, run: () => show(event.previousEventID) },
    { keys: ']', label: 'Newer event', group, run: () => show(event.nextEventID) },
    {
      keys: 'y',
      label: 'Copy as Markdown',
      group,
      run: () => void navigator.clipboard.writeText(markdown).then(() => toasts.say('Copied as Markdown')),
    },
  ]);
  return (
    <section className="sec evbar" aria-label="Event">
      <div className="flex wraps">
        <b className="mid">{NAMES[which] ?? 'Event'}</b>
        <span className="q">
          <Time at={event.dateReceived} />
        </span>
        <span className="sep hide-s">·</span>
        <span className="q mono hide-s" title={event.eventID}>
          {event.eventID.slice(0, 8)}
        </span>
        <span className="push flex">
          <Segmented label="Which event" choices={WHICH} chosen={which as 'latest'} onChoose={show} />
          <IconButton
            icon="left"
            label="Older event"
            keys="["
            isDisabled={event.previousEventID === null}
            onPress={() => show(event.previousEventID)}
          />
          <IconButton
            icon="right"
            label="Newer event"
            keys="]"
            isDisabled={event.nextEventID === null}
            onPress={() => show(event.nextEventID)}
          />
          <CopyButton text={markdown} label="Copy as Markdown" className="hide-s" />
        </span>
      </div>
    </section>
  );
}

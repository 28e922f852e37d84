import type { EventBreadcrumb, EventDetail } from '@culprit/api';
import { useEffect, useRef, useState } from 'react';
import { usePreferences } from '../../app/app-context.tsx';
import type { Zone } from '../../app/preferences.ts';
import { formatBefore, formatBothZones, formatClockSeconds, formatSpan } from '../../format/times.ts';
import { Icon } from '../../ui/icon.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { crumbText } from './crumb-text.ts';

type Clock = 'before' | 'clock';
/** More than this many fold in the middle: the beginning says where the person came from, the end what broke. */
const MOST = 12;
const FIRST = 2;
const LAST = 8;

export function breadcrumbsOf(event: Pick<EventDetail, 'entries'>): readonly EventBreadcrumb[] {
  return event.entries.find((entry) => entry.type === 'breadcrumbs')?.data.values ?? [];
}

function Moment({
  crumb,
  end,
  clock,
  zone,
}: {
  crumb: EventBreadcrumb;
  end: number;
  clock: Clock;
  zone: Zone;
}) {
  if (crumb.timestamp === null) return <span className="at" />;
  const at = Date.parse(crumb.timestamp);
  return (
    <time className="at" dateTime={crumb.timestamp} title={formatBothZones(at, zone)}>
      {clock === 'before' ? formatBefore(end - at) : formatClockSeconds(at, zone)}
    </time>
  );
}

function Crumb(props: { crumb: EventBreadcrumb; end: number; clock: Clock; zone: Zone; isFocused: boolean }) {
  const { icon, kind, text, isCode, result, isBad } = crumbText(props.crumb);
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (props.isFocused) item.current?.focus();
  }, [props.isFocused]);
  return (
    <li ref={item} tabIndex={props.isFocused ? -1 : undefined}>
      <Moment {...props} />
      <span className="g">
        <Icon name={icon} small />
      </span>
      <span className="ty clip">{kind}</span>
      <span className={isCode ? 'what mono' : 'what'}>
        <bdi>{text}</bdi>
      </span>
      <span className={isBad ? 'res bad' : 'res'}>{result}</span>
    </li>
  );
}

function lengthOf(crumbs: readonly EventBreadcrumb[], end: number): string {
  const first = crumbs.find(({ timestamp }) => timestamp !== null)?.timestamp;
  return first === null || first === undefined ? '' : `, ${formatSpan(end - Date.parse(first))}`;
}

/** What happened before, on one line of time that ends in the error. */
export function Breadcrumbs({ event, title }: { event: EventDetail; title: readonly [string, string] }) {
  const { zone } = usePreferences();
  const [clock, setClock] = useState<Clock>('before');
  const [isWhole, setWhole] = useState(false);
  const crumbs = breadcrumbsOf(event);
  if (crumbs.length === 0) return null;
  const end = Date.parse(event.dateCreated);
  const isFolded = crumbs.length > MOST && !isWhole;
  const hidden = crumbs.length - FIRST - LAST;
  const shown = crumbs.map((crumb, index) => ({ crumb, index }));
  const before = isFolded ? shown.slice(0, FIRST) : shown;
  const after = isFolded ? shown.slice(-LAST) : [];
  const draw = ({ crumb, index }: (typeof shown)[number]) => (
    <Crumb key={index} {...{ crumb, end, clock, zone }} isFocused={isWhole && index === FIRST} />
  );
  return (
    <section className="sec" aria-labelledby="h-crumbs">
      <header>
        <h2 id="h-crumbs">What happened before</h2>
        <span className="n">
          {crumbs.length} {crumbs.length === 1 ? 'crumb' : 'crumbs'}
          {lengthOf(crumbs, end)}
        </span>
        <span className="ctl">
          <Segmented
            label="Time"
            choices={[
              ['before', 'Before the error'],
              ['clock', zone === 'UTC' ? 'UTC' : 'Local'],
            ]}
            chosen={clock}
            onChoose={setClock}
          />
        </span>
      </header>
      <ol className="crumbs">
        {before.map(draw)}
        {isFolded && (
          <li className="more-crumbs">
            <button className="fold" type="button" aria-expanded={false} onClick={() => setWhole(true)}>
              Show {hidden} collapsed crumbs
            </button>
          </li>
        )}
        {after.map(draw)}
        <li className="boom">
          <time className="at" dateTime={event.dateCreated} title={formatBothZones(end, zone)}>
            {formatClockSeconds(end, zone)}
          </time>
          <span className="g">
            <Icon name="boom" small />
          </span>
          <span className="ty">{event.level}</span>
          <span className="what">
            <b>
              <bdi>{title[0]}</bdi>
            </b>{' '}
            <bdi>{title[1]}</bdi>
          </span>
          <span />
        </li>
      </ol>
    </section>
  );
}

import type { DeployReference, Person, Series } from '@culprit/api';
import { useApp } from '../../app/app-context.tsx';
import { useNow } from '../../app/ticker.ts';
import { counted } from '../../format/numbers.ts';
import { EventChart } from '../../ui/chart/event-chart.tsx';

const DAY = 86_400_000;
const DAYS = 30;

/** Failures per day of the last 30 days; undefined when the events listed do not reach back that far. */
export function failuresPerDay(person: Pick<Person, 'events' | 'totals'>, now: number): Series | undefined {
  const start = Math.floor(now / DAY) * DAY - (DAYS - 1) * DAY;
  const times = person.events.map(({ dateReceived }) => Date.parse(dateReceived));
  const isComplete = person.events.length >= person.totals.events || times.some((time) => time < start);
  if (!isComplete) return undefined;
  const points = Array.from({ length: DAYS }, (_, day): [number, number] => {
    const from = start + day * DAY;
    return [from / 1_000, times.filter((time) => time >= from && time < from + DAY).length];
  });
  const deploys = new Map(
    person.events.flatMap(({ deploy }): [string, DeployReference][] =>
      deploy === null ? [] : [[deploy.id, deploy]],
    ),
  );
  return {
    start: new Date(start).toISOString(),
    end: new Date(now).toISOString(),
    interval: DAY / 1_000,
    points,
    deploys: [...deploys.values()],
  };
}

/** Thirty days at a glance, with the deploys that were live when it broke. */
export function FailuresChart({ person }: { person: Person }) {
  const { ticker } = useApp();
  const series = failuresPerDay(person, useNow(ticker, 60_000));
  if (series === undefined) return null;
  const total = series.points.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      <p className="cap-line">Failures per day, {DAYS} days</p>
      <EventChart
        series={series}
        height={40}
        title={`${counted(total, 'failure', 'failures')} in ${DAYS} days`}
      />
    </>
  );
}

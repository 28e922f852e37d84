import type { Person } from '@culprit/api';
import { Link } from '@tanstack/react-router';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Time } from '../../ui/time.tsx';

function Moment({ org, event }: { org: string; event: Person['events'][number] }) {
  const device = [event.browser, event.os].filter((part) => part !== null).join(', ');
  return (
    <tr>
      <td>
        <Time at={event.dateReceived} as="when" />
      </td>
      <td>
        {event.issueId === null ? (
          <bdi>{event.title}</bdi>
        ) : (
          <Link
            to="/organizations/$org/issues/$issue/events/$event"
            params={{ org, issue: event.issueId, event: event.eventID }}
          >
            <bdi>{event.title}</bdi>
          </Link>
        )}
        <span className="two">
          <bdi>
            {[event.project, event.release, device]
              .filter((part) => part !== null && part !== '')
              .join(' · ')}
          </bdi>
        </span>
      </td>
      <td className="hide-s">{event.deploy !== null && <DeployLink deploy={event.deploy} />}</td>
      <td className="hide-s qq">{event.shortId}</td>
    </tr>
  );
}

/** Every event of this person, on one line of time. */
export function Moments({ org, events, total }: { org: string; events: Person['events']; total: number }) {
  if (events.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-moments">
      <header>
        <h2 id="h-moments">Event by event</h2>
        <span className="n">
          {events.length < total ? `the newest ${events.length} of ${total}` : `${total}`}
        </span>
      </header>
      <table className="moments">
        <thead>
          <tr>
            <th>When</th>
            <th>What</th>
            <th className="hide-s">Deploy</th>
            <th className="hide-s">Issue</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <Moment key={event.eventID} org={org} event={event} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

import type { System } from '@culprit/api';
import { formatBytes } from '../../format/numbers.ts';
import { Icon } from '../../ui/icon.tsx';
import { Time } from '../../ui/time.tsx';

type Instance = NonNullable<System['services']>[number];

function State({ instance }: { instance: Instance }) {
  if (instance.isSilent) {
    return (
      <>
        <span className="v" data-v="nodata">
          <Icon name="clock" /> Silent
        </span>
        <span className="two">
          since <Time at={instance.dateSeen} as="ago" />
        </span>
      </>
    );
  }
  if (instance.isReady) {
    return (
      <span className="v" data-v="healthy">
        <Icon name="check" /> Ready
      </span>
    );
  }
  return (
    <>
      <span className="v" data-v="suspect">
        <Icon name="info" /> Not ready
      </span>
      <span className="two">{instance.detail}</span>
    </>
  );
}

/** The processes that told of themselves within the last hour. */
export function Services({ services }: { services: System['services'] }) {
  return (
    <section className="sec" aria-labelledby="h-services">
      <header>
        <h2 id="h-services">Processes</h2>
        <span className="n">seen within the last hour</span>
      </header>
      {services === null && <p className="q">PostgreSQL did not answer, so this is not known now.</p>}
      {services?.length === 0 && <p className="q">No process has told of itself.</p>}
      {services !== null && services.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
        <section className="scrolls" tabIndex={0} aria-label="Processes">
          <table>
            <thead>
              <tr>
                <th>Service</th>
                <th>State</th>
                <th className="num">Memory</th>
                <th>Started</th>
                <th>Version</th>
              </tr>
            </thead>
            <tbody>
              {services.map((instance) => (
                <tr key={instance.id}>
                  <td>
                    {instance.service}
                    <span className="two mono">
                      {instance.host} · {instance.pid}
                    </span>
                  </td>
                  <td>
                    <State instance={instance} />
                  </td>
                  <td className="num">{formatBytes(instance.memoryBytes)}</td>
                  <td>
                    <Time at={instance.dateStarted} as="ago" />
                  </td>
                  <td>{instance.version}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

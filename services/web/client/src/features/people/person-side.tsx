import type { Person } from '@culprit/api';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Time } from '../../ui/time.tsx';

const KINDS: Readonly<Record<string, string>> = {
  email: 'Email',
  id: 'Id',
  username: 'Username',
  ip: 'Address',
};

function iconOf(os: string | null): IconName {
  if (os === null) return 'screen';
  if (/iphone|ios|android/i.test(os)) return 'phone';
  return /ipad/i.test(os) ? 'tablet' : 'laptop';
}

/** Devices and names. */
export function PersonSide({ person }: { person: Person }) {
  return (
    <aside aria-label="About this person">
      <section className="sec" aria-labelledby="h-dev">
        <header>
          <h2 id="h-dev">Devices and versions</h2>
        </header>
        {person.devices.length === 0 && <p className="q small">Events of this person do not say.</p>}
        <ul className="devs">
          {person.devices.map((device) => (
            <li key={`${device.browser}\t${device.os}\t${device.release}`}>
              <Icon name={iconOf(device.os)} />
              <div>
                <b>
                  <bdi>
                    {[device.browser, device.os].filter((part) => part !== null).join(', ') || 'Unknown'}
                  </bdi>
                </b>
                <span className="two wrap">
                  <bdi>{device.release ?? 'no release'}</bdi>
                </span>
              </div>
              <span className="qq small">
                <Time at={device.lastSeen} as="age" />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section className="sec" aria-labelledby="h-ids">
        <header>
          <h2 id="h-ids">Known as</h2>
        </header>
        <dl className="kv">
          {person.matched.map((identity) => {
            const colon = identity.indexOf(':');
            return (
              <div key={identity} className="pair-row">
                <dt>{KINDS[identity.slice(0, colon)] ?? identity.slice(0, colon)}</dt>
                <dd>
                  <bdi>{identity.slice(colon + 1)}</bdi>
                </dd>
              </div>
            );
          })}
        </dl>
      </section>
    </aside>
  );
}

import type { Account } from '@culprit/api';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Icon, type IconName } from '../ui/icon.tsx';
import { AccountMenu } from './account-menu.tsx';
import { LiveInProduction } from './live-in-production.tsx';

interface Place {
  readonly to: NonNullable<LinkProps['to']>;
  readonly icon: IconName;
  readonly word: string;
}

const PLACES: readonly Place[] = [
  { to: '/organizations/$org/issues', icon: 'issues', word: 'Issues' },
  { to: '/organizations/$org/deploys', icon: 'deploys', word: 'Deploys' },
  { to: '/organizations/$org/people', icon: 'people', word: 'People' },
  { to: '/organizations/$org/outcomes', icon: 'outcomes', word: 'Outcomes' },
  { to: '/organizations/$org/settings', icon: 'settings', word: 'Settings' },
  { to: '/organizations/$org/setup', icon: 'setup', word: 'Set up' },
];
const SYSTEM: Place = { to: '/organizations/$org/system', icon: 'system', word: 'System' };

export function Rail({
  account,
  organization,
}: {
  account: Account;
  organization: Account['organizations'][number];
}) {
  const params = { org: organization.slug };
  return (
    <nav className="rail" aria-label="Main">
      <Link className="brand" to="/organizations/$org/issues" params={params}>
        <Icon name="logo" />
        Culprit
        <bdi className="org clip">{organization.name}</bdi>
      </Link>
      <ul>
        {[...PLACES, ...(account.isStaff ? [SYSTEM] : [])].map(({ to, icon, word }) => (
          <li key={word}>
            <Link to={to} params={params} activeProps={{ 'aria-current': 'page' }} title={word}>
              <Icon name={icon} />
              <span>{word}</span>
            </Link>
          </li>
        ))}
      </ul>
      <LiveInProduction org={organization.slug} />
      <AccountMenu account={account} />
    </nav>
  );
}

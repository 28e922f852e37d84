import type { DeployReference } from '@culprit/api';
import { Link, useParams } from '@tanstack/react-router';
import { usePreferences } from '../app/app-context.tsx';
import { formatBothZones } from '../format/times.ts';

function Pennant() {
  return (
    <svg viewBox="0 0 10 13" aria-hidden="true">
      <path d="M1.2 0v13" stroke="var(--ink-2)" strokeWidth="1.25" fill="none" />
      <path d="M1.8.4 10 3.4 1.8 6.6z" fill="currentColor" />
    </svg>
  );
}

/** Address of a deploy in the list of deploys. */
export function deployAnchor(deploy: Pick<DeployReference, 'number'>): string {
  return `deploy-${deploy.number}`;
}

/** A deploy as a word in a sentence: ⚑ #412. */
export function DeployLink({ deploy, className = '' }: { deploy: DeployReference; className?: string }) {
  const { org = '' } = useParams({ strict: false });
  const { zone } = usePreferences();
  const title = `${deploy.version} to ${deploy.environment}, ${formatBothZones(Date.parse(deploy.dateFinished), zone)}`;
  return (
    <Link
      className={`dep ${className}`}
      to="/organizations/$org/deploys"
      params={{ org }}
      hash={deployAnchor(deploy)}
      title={title}
    >
      <Pennant />#{deploy.number}
    </Link>
  );
}

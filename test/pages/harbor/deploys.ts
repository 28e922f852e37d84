import type { Deploy, DeployReference } from '@culprit/api';
import { at } from './moments.ts';

function deploy(
  number: number,
  project: string,
  version: string,
  finished: string,
  newIssues: number,
  environment = 'production',
): Deploy {
  return {
    id: String(9_000 + number),
    number,
    environment,
    version,
    dateFinished: at(finished),
    projects: [project],
    name: null,
    url: null,
    dateStarted: null,
    newIssues,
  };
}

/** Newest first. #412 is the one that the story is about. */
export const DEPLOYS: readonly Deploy[] = [
  deploy(413, 'api', 'api@7.18.1', '2026-11-20T14:58:00Z', 0),
  deploy(412, 'web', 'web@5.31.0', '2026-11-20T14:22:30Z', 3),
  deploy(411, 'mobile', 'mobile@3.9.0', '2026-11-20T11:05:00Z', 0),
  deploy(410, 'api', 'api@7.18.0', '2026-11-20T09:41:00Z', 0),
  deploy(409, 'web', 'web@5.30.2', '2026-11-19T16:12:00Z', 0),
  deploy(408, 'web', 'web@5.31.0-rc.1', '2026-11-19T15:30:00Z', 1, 'staging'),
  deploy(406, 'api', 'api@7.17.4', '2026-11-19T09:50:00Z', 1),
  deploy(399, 'web', 'web@5.29.0', '2026-11-15T11:20:00Z', 2),
  deploy(385, 'mobile', 'mobile@3.8.2', '2026-10-28T08:02:00Z', 2),
  deploy(371, 'api', 'api@7.12.0', '2026-10-12T13:40:00Z', 1),
];

export function deployReference(number: number): DeployReference {
  const found = DEPLOYS.find((one) => one.number === number);
  if (found === undefined) throw new Error(`the story has no deploy #${number}`);
  const { id, environment, version, dateFinished, projects } = found;
  return { id, number, environment, version, dateFinished, projects };
}

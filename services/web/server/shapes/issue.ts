import type { DeployReference, Issue, IssueReference, Point } from '@culprit/api';
import { shortIdOf } from '@culprit/protocol';
import type { IssueRow } from '../store/issues.ts';

export function showIssueReference(row: IssueRow): IssueReference {
  return {
    id: row.id,
    shortId: shortIdOf(row.project_slug, row.short_id),
    title: row.title,
    culprit: row.culprit,
    level: row.level,
    status: row.status,
    project: {
      id: String(row.project_id),
      slug: row.project_slug,
      name: row.project_name,
      platform: row.project_platform,
    },
  };
}

export interface IssueSurroundings {
  readonly publicUrl: string;
  readonly deploys: ReadonlyMap<string, DeployReference>;
  readonly stats: { readonly '24h'?: Point[] | undefined; readonly '14d'?: Point[] | undefined };
}

export function showIssue(row: IssueRow, { publicUrl, deploys, stats }: IssueSurroundings): Issue {
  const deploy = (id: string | null): DeployReference | null =>
    id === null ? null : (deploys.get(id) ?? null);
  return {
    ...showIssueReference(row),
    shareId: null,
    permalink: `${publicUrl}/organizations/${row.organization_slug}/issues/${row.id}/`,
    logger: row.logger,
    statusDetails: {},
    substatus: row.substatus,
    isPublic: false,
    platform: row.platform,
    priority: null,
    type: row.type,
    issueType: 'error',
    issueCategory: 'error',
    metadata: { ...row.metadata },
    numComments: 0,
    assignedTo: null,
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: [],
    isUnhandled: row.has_unhandled,
    count: row.times_seen,
    userCount: Number(row.users_seen),
    firstSeen: row.first_seen.toISOString(),
    lastSeen: row.last_seen.toISOString(),
    stats: {
      ...(stats['24h'] === undefined ? {} : { '24h': stats['24h'] }),
      ...(stats['14d'] === undefined ? {} : { '14d': stats['14d'] }),
    },
    hasUnhandled: row.has_unhandled,
    firstRelease: row.first_release === null ? null : { version: row.first_release },
    lastRelease: row.last_release === null ? null : { version: row.last_release },
    firstDeploy: deploy(row.first_deploy_id),
    lastDeploy: deploy(row.last_deploy_id),
  };
}

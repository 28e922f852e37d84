import type { ProjectKeyRow } from '@culprit/accounts';
import type { Organization, Project, ProjectDetail, ProjectKey, ProjectReference, Team } from '@culprit/api';
import { dsnOf } from '@culprit/protocol';
import { readStoredSettings } from '@culprit/settings';
import type { OrganizationRow, TeamRow } from '../store/organizations.ts';
import type { ProjectName, ProjectRow } from '../store/projects.ts';

export function showOrganization(row: OrganizationRow, publicUrl: string): Organization {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    status: { id: 'active', name: 'active' },
    dateCreated: row.created_at.toISOString(),
    isEarlyAdopter: false,
    require2FA: false,
    requireEmailVerification: false,
    avatar: { avatarType: 'letter_avatar', avatarUuid: null },
    features: [],
    // Clients send their token to `regionUrl`: it must be the very origin they were configured with.
    links: { organizationUrl: publicUrl, regionUrl: publicUrl },
  };
}

export function showTeam(row: TeamRow): Team {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    dateCreated: row.created_at.toISOString(),
    isMember: true,
    hasAccess: true,
  };
}

export function showProjectReference(row: ProjectName): ProjectReference {
  return { id: String(row.id), slug: row.slug, name: row.name, platform: row.platform };
}

export function showProject(
  row: ProjectRow,
  organization: Pick<OrganizationRow, 'id' | 'slug' | 'name'>,
): Project {
  const team =
    row.team_id === null || row.team_slug === null || row.team_name === null
      ? null
      : { id: row.team_id, slug: row.team_slug, name: row.team_name };
  return {
    ...showProjectReference(row),
    dateCreated: row.created_at.toISOString(),
    status: row.status,
    isBookmarked: false,
    isMember: true,
    hasAccess: true,
    features: [],
    firstEvent: row.first_event?.toISOString() ?? null,
    isInternal: row.settings.self !== undefined,
    environments: [...row.environments],
    team,
    teams: team === null ? [] : [team],
    organization: { id: organization.id, slug: organization.slug, name: organization.name },
  };
}

/** With its settings. Its secret is only for who may change them; for others that is an empty text. */
export function showProjectDetail(
  row: ProjectRow,
  organization: OrganizationRow,
  { withSecret }: { readonly withSecret: boolean },
): ProjectDetail {
  const { quotas: _elsewhere, ...settings } = readStoredSettings(row.settings).settings;
  const securityToken = withSecret ? settings.securityToken : '';
  return { ...showProject(row, organization), ...settings, securityToken };
}

export function showKey(row: ProjectKeyRow, ingestUrl: string): ProjectKey {
  const dsn = dsnOf(ingestUrl, row.public_key, row.project_id);
  const api = `${ingestUrl}/api/${row.project_id}`;
  const query = `?sentry_key=${row.public_key}`;
  return {
    id: String(row.id),
    name: row.name,
    label: row.name,
    public: row.public_key,
    // Secrets of DSNs were given up by the protocol; old clients want the field.
    secret: '',
    projectId: row.project_id,
    isActive: row.is_active,
    rateLimit: rateLimitOf(row),
    dsn: {
      public: dsn,
      secret: dsn,
      csp: `${api}/security/${query}`,
      security: `${api}/security/${query}`,
      minidump: `${api}/minidump/${query}`,
      cdn: '',
    },
    dateCreated: row.created_at.toISOString(),
  };
}

/** A count or window of 0 is no limit. */
function rateLimitOf({
  rate_limit_count: count,
  rate_limit_window: window,
}: ProjectKeyRow): ProjectKey['rateLimit'] {
  return (count ?? 0) === 0 || (window ?? 0) === 0 ? null : { count: count ?? 0, window: window ?? 0 };
}

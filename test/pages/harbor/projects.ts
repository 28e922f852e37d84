import type { Account, Project, ProjectKey, ProjectReference } from '@culprit/api';
import { ago, at, DAY } from './moments.ts';

export const ORGANIZATION = { id: '1', slug: 'harbor', name: 'Harbor' };

export const ACCOUNT: Account = {
  id: '1',
  name: 'Mara Lindqvist',
  email: 'mara@harbor.example',
  username: 'mara@harbor.example',
  isStaff: true,
  organizations: [{ ...ORGANIZATION, role: 'owner' }],
};

export const PASSWORD = 'a harbour in the north';

function project(id: number, slug: string, platform: string, firstEvent: string | null): Project {
  return {
    id: String(id),
    slug,
    name: slug,
    platform,
    dateCreated: at('2025-03-02T10:00:00Z'),
    status: 'active',
    isBookmarked: false,
    isMember: true,
    hasAccess: true,
    features: [],
    firstEvent,
    isInternal: false,
    environments: firstEvent === null ? [] : ['production', 'staging'],
    team: null,
    teams: [],
    organization: ORGANIZATION,
  };
}

export const PROJECTS: readonly Project[] = [
  project(1, 'web', 'javascript-react', at('2025-03-02T10:08:00Z')),
  project(2, 'api', 'node', at('2025-03-02T10:11:00Z')),
  project(3, 'mobile', 'android', at('2025-04-11T08:00:00Z')),
  project(7, 'courier', 'node', null),
];

export function projectReference(slug: string): ProjectReference {
  const found = PROJECTS.find((one) => one.slug === slug);
  if (found === undefined) throw new Error(`the story has no project ${slug}`);
  const { id, name, platform } = found;
  return { id, slug, name, platform };
}

const KEY = 'a3f9c27be41d4c0f9a6d1c2e8b7f5a10';

export function keyOf(slug: string): ProjectKey {
  const id = Number(projectReference(slug).id);
  const dsn = `https://${KEY}@errors.harbor.example/${id}`;
  return {
    id: String(id),
    name: 'Default',
    label: 'Default',
    public: KEY,
    secret: '',
    projectId: id,
    isActive: true,
    rateLimit: null,
    dsn: { public: dsn, secret: dsn, csp: '', security: '', minidump: '', cdn: '' },
    dateCreated: ago(400 * DAY),
  };
}

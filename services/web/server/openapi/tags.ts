/** What comes before the thing that a path is about. */
const PREFIX = /^\/api\/0\/(?:organizations\/:org\/|projects\/:org\/:project\/|teams\/:org\/:team\/)?/;

/** Things that belong to another in people's minds. */
const TAGS: Readonly<Record<string, string>> = {
  '': 'Projects',
  auth: 'Account',
  users: 'Account',
  'api-tokens': 'API tokens',
  keys: 'Projects',
  filters: 'Projects',
  quotas: 'Projects',
  tombstones: 'Issues',
  shortids: 'Issues',
  eventids: 'Events',
  timeline: 'Statistics',
  stats_v2: 'Statistics',
  sessions: 'Releases',
  changes: 'Deploys',
  'alert-channels': 'Alerts',
  'user-feedback': 'User feedback',
  organizations: 'Organizations',
  teams: 'Organizations',
  'openapi.json': 'Account',
};

/** The heading that a route stands under: the thing that its path is about. */
export function tagOf(path: string): string {
  if (path === '/api/0/') return 'Account';
  if (path === '/api/0/organizations/:org/') return 'Organizations';
  const [thing = ''] = path.replace(PREFIX, '').split('/');
  return TAGS[thing] ?? titleOf(thing);
}

/** `user-feedback` is `User feedback`. */
function titleOf(thing: string): string {
  const words = thing.replace(/[-_]+/g, ' ');
  return `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`;
}

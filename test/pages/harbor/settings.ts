import type { ProjectDetail, ProjectFilter, ProjectKey, Stats, Tombstone } from '@culprit/api';
import type { Quota } from '@culprit/protocol';
import { DEFAULT_STORED } from '@culprit/settings';
import { ago, DAY, HOUR } from './moments.ts';
import { ACCOUNT, keyOf, PROJECTS } from './projects.ts';

/** What a test may change of the settings of `web`, and its changes change. */
export interface SettingsStory {
  project: ProjectDetail;
  keys: ProjectKey[];
  filters: ProjectFilter[];
  quotas: readonly Quota[];
  tombstones: Tombstone[];
}

const FILTERS: readonly ProjectFilter[] = [
  {
    id: 'browser-extensions',
    active: true,
    name: 'Browser extensions',
    description:
      'Errors that come from extensions of the browser and from scripts known to be injected into pages.',
  },
  {
    id: 'localhost',
    active: false,
    name: 'Localhost',
    description: 'Events from 127.0.0.1, ::1 and pages on localhost or opened from a file.',
  },
  {
    id: 'legacy-browsers',
    active: ['ie', 'safari'],
    name: 'Old browsers',
    description: 'Events of browsers that you no longer support.',
  },
  {
    id: 'web-crawlers',
    active: true,
    name: 'Web crawlers',
    description: 'Events that search engines and other robots cause while they read pages.',
  },
  {
    id: 'filtered-transaction',
    active: false,
    name: 'Health checks',
    description: 'Transactions of health checks. Transactions are not kept here at all.',
  },
];

/** Events that were kept out in the last day. */
const KEPT_OUT: Readonly<Record<string, number>> = {
  'browser-extensions': 1_204,
  'web-crawlers': 318,
  'legacy-browsers': 41,
  'error-message': 12,
};

export function settingsStory(): SettingsStory {
  const [web] = PROJECTS;
  if (web === undefined) throw new Error('the story has no project');
  const { quotas: _elsewhere, ...defaults } = DEFAULT_STORED;
  const key = keyOf('web');
  return {
    project: {
      ...web,
      ...defaults,
      allowedDomains: ['harbor.example', '*.harbor.example'],
      sensitiveFields: ['iban', 'loyalty_number'],
      safeFields: ['author'],
      eventRetention: null,
      options: { ...defaults.options, 'filters:error_messages': 'ResizeObserver loop*' },
    },
    keys: [
      { ...key, rateLimit: { count: 5_000, window: 60 } },
      {
        ...key,
        id: '9',
        name: 'Kiosk',
        label: 'Kiosk',
        public: 'b07d52ce88f14a3c9be2f00d91c64e7b',
        isActive: false,
        dsn: { ...key.dsn, public: 'https://b07d52ce88f14a3c9be2f00d91c64e7b@errors.harbor.example/1' },
        dateCreated: ago(12 * DAY),
      },
    ],
    filters: [...FILTERS],
    quotas: [
      {
        id: 'events',
        categories: ['default', 'error', 'security'],
        scope: 'project',
        limit: 20_000,
        window: 3_600,
        reasonCode: 'project_quota',
      },
      {
        id: 'attachments',
        categories: ['attachment'],
        scope: 'organization',
        limit: 5_000_000_000,
        window: 86_400,
        reasonCode: 'org_quota',
      },
    ],
    tombstones: [
      {
        id: '3',
        title: 'Error: Non-Error promise rejection captured with value: Timeout',
        culprit: 'vendor/captcha',
        type: 'error',
        level: 'error',
        dateCreated: ago(9 * HOUR),
        actor: { id: ACCOUNT.id, name: ACCOUNT.name, email: ACCOUNT.email },
      },
    ],
  };
}

export function filteredStats(): Stats {
  return {
    start: ago(DAY),
    end: ago(0),
    intervals: [],
    groups: Object.entries(KEPT_OUT).map(([reason, count]) => ({
      by: { reason },
      totals: { 'sum(quantity)': count },
      series: { 'sum(quantity)': [] },
    })),
  };
}

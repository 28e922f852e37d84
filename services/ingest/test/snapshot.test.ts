import { DEFAULT_SETTINGS } from '@culprit/settings';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { KeyDirectory } from '../snapshot/key-directory.ts';
import { parseSnapshot, type Snapshot } from '../snapshot/snapshot.ts';
import { KEY, PICKY_KEY } from './harness.ts';

const PROJECT = { id: 42, organization_id: '7', status: 'active' };
const OWN_KEY = { id: 1, project_id: 42, public_key: KEY, is_active: true };

function snapshot(project: object, key: object = {}): Snapshot {
  const value = {
    format: 1,
    version: 1,
    taken_at: 0,
    projects: [{ ...PROJECT, ...project }],
    keys: [{ ...OWN_KEY, ...key }],
  };
  const parsed = parseSnapshot(value);
  if (parsed === undefined) throw new Error('not a snapshot');
  return parsed;
}

const QUOTA = {
  id: 'errors',
  categories: ['error'],
  scope: 'project',
  limit: null,
  window: 60,
  reasonCode: 'x',
} as const;

describe('a key knows', () => {
  test('the settings of its project, and its limit among the quotas', () => {
    const directory = new KeyDirectory(
      snapshot(
        { settings: { scrubIPAddresses: true, allowedDomains: ['shop.example'], quotas: [QUOTA] } },
        { rate_limit: { count: 100, window: 60 } },
      ),
    );
    expect(directory.find(KEY)).toMatchObject({
      organizationId: '7',
      settings: { allowedDomains: ['shop.example'], scrubbing: { scrubIPAddresses: true } },
      quotas: [
        QUOTA,
        { id: 'key-rate-limit', scope: 'key', limit: 100, window: 60, reasonCode: 'key_quota' },
      ],
    });
  });

  test('what applies to all where nothing is set', () => {
    const entry = new KeyDirectory(snapshot({ settings: {} })).find(KEY);
    expect(entry).toMatchObject({ settings: { allowedDomains: ['*'] }, quotas: [] });
    expect(entry?.settings).toBe(DEFAULT_SETTINGS);
  });

  test('the same settings as before, where they did not change', () => {
    const settings = { scrubIPAddresses: true };
    const before = new KeyDirectory(snapshot({ settings }));
    const same = new KeyDirectory(snapshot({ settings: { ...settings } }), before);
    expect(same.find(KEY)?.settings).toBe(before.find(KEY)?.settings);
    const changed = new KeyDirectory(snapshot({ settings: { scrubIPAddresses: false } }), same);
    expect(changed.find(KEY)?.settings.scrubbing.scrubIPAddresses).toBe(false);
  });

  test('the defaults of what cannot be read, which is named', () => {
    const directory = new KeyDirectory(
      snapshot({ settings: { dataScrubber: 'yes', scrubIPAddresses: true } }),
    );
    expect(directory.unreadable).toEqual([{ projectId: 42, fields: ['dataScrubber'] }]);
    expect(directory.find(KEY)?.settings.scrubbing).toMatchObject({
      dataScrubber: true,
      scrubIPAddresses: true,
    });
  });
});

describe('the file', () => {
  test('of the release before has the origins, and everything else as nobody set it', () => {
    const directory = new KeyDirectory(snapshot({ allowed_domains: ['shop.example'] }));
    expect(directory.find(KEY)?.settings).toEqual({ ...DEFAULT_SETTINGS, allowedDomains: ['shop.example'] });
  });

  test('of this release can be read by the one before', () => {
    // Its schema, as it was released.
    const before = z.object({
      format: z.literal(1),
      version: z.number().int(),
      taken_at: z.number(),
      projects: z.array(
        z.object({
          id: z.number().int(),
          organization_id: z.string(),
          status: z.string(),
          allowed_domains: z.array(z.string()).optional(),
        }),
      ),
      keys: z.array(
        z.object({
          id: z.number().int(),
          project_id: z.number().int(),
          public_key: z.string(),
          is_active: z.boolean(),
        }),
      ),
    });
    const written: Snapshot = {
      ...snapshot(
        { allowed_domains: ['shop.example'], settings: { quotas: [QUOTA] } },
        { public_key: PICKY_KEY, rate_limit: { count: 1, window: 1 } },
      ),
    };
    expect(before.parse(JSON.parse(JSON.stringify(written)))).toEqual({
      format: 1,
      version: 1,
      taken_at: 0,
      projects: [{ ...PROJECT, allowed_domains: ['shop.example'] }],
      keys: [{ ...OWN_KEY, public_key: PICKY_KEY }],
    });
  });
});

import { describe, expect, test } from 'vitest';
import {
  DEFAULT_SETTINGS,
  editableSettingsSchema,
  quotaListSchema,
  quotaOfKey,
  readProjectSettings,
  readStoredSettings,
} from '../src/index.ts';

describe('what applies where nothing is set', () => {
  test('scrubbing is on, addresses stay, every origin may send, no filter and no quota', () => {
    for (const stored of [undefined, null, {}, { self: { release: '1' } }]) {
      expect(readProjectSettings(stored)).toEqual({ settings: DEFAULT_SETTINGS, unreadable: [] });
    }
    expect(DEFAULT_SETTINGS).toEqual({
      allowedDomains: ['*'],
      scrubbing: {
        dataScrubber: true,
        dataScrubberDefaults: true,
        scrubIPAddresses: false,
        sensitiveFields: [],
        safeFields: [],
        relayPiiConfig: null,
      },
      filters: {
        browserExtensions: false,
        localhost: false,
        webCrawlers: false,
        legacyBrowsers: [],
        blacklistedIps: [],
        releases: [],
        errorMessages: [],
        reactHydrationErrors: false,
        chunkLoadError: false,
        cspIgnoredSources: [],
        cspIgnoredSourcesDefaults: true,
      },
      quotas: [],
      attachments: { maxCrashReports: null },
      securityReports: { token: '', tokenHeader: '' },
    });
  });
});

describe('stored settings', () => {
  test('are read under the names of the API', () => {
    const { settings, unreadable } = readProjectSettings({
      allowedDomains: ['shop.example'],
      dataScrubber: false,
      dataScrubberDefaults: false,
      scrubIPAddresses: true,
      sensitiveFields: ['card', ' ', ' iban '],
      safeFields: ['author'],
      relayPiiConfig: '{"rules": {}}',
      securityToken: 't',
      securityTokenHeader: 'X-Token',
      storeCrashReports: 5,
      options: {
        'filters:browser-extensions': true,
        'filters:localhost': true,
        'filters:web-crawlers': true,
        'filters:legacy-browsers': ['ie9', 'chrome'],
        'filters:blacklisted_ips': '10.0.0.0/8\r\n\n 127.0.0.1 ',
        'filters:releases': '1.*',
        'filters:error_messages': 'TypeError*\n*Script error*',
        'filters:react-hydration-errors': true,
        'filters:chunk-load-error': true,
        'sentry:csp_ignored_sources': 'ads.example',
        'sentry:csp_ignored_sources_defaults': false,
      },
      quotas: [{ id: 'a', categories: ['error'], scope: 'project', limit: 10, window: 60, reasonCode: 'x' }],
    });
    expect(unreadable).toEqual([]);
    expect(settings).toEqual({
      allowedDomains: ['shop.example'],
      scrubbing: {
        dataScrubber: false,
        dataScrubberDefaults: false,
        scrubIPAddresses: true,
        sensitiveFields: ['card', 'iban'],
        safeFields: ['author'],
        relayPiiConfig: '{"rules": {}}',
      },
      filters: {
        browserExtensions: true,
        localhost: true,
        webCrawlers: true,
        legacyBrowsers: ['ie9', 'chrome'],
        blacklistedIps: ['10.0.0.0/8', '127.0.0.1'],
        releases: ['1.*'],
        errorMessages: ['TypeError*', '*Script error*'],
        reactHydrationErrors: true,
        chunkLoadError: true,
        cspIgnoredSources: ['ads.example'],
        cspIgnoredSourcesDefaults: false,
      },
      quotas: [{ id: 'a', categories: ['error'], scope: 'project', limit: 10, window: 60, reasonCode: 'x' }],
      attachments: { maxCrashReports: 5 },
      securityReports: { token: 't', tokenHeader: 'X-Token' },
    });
  });

  test('that cannot be read fall back one by one and are named; what a newer version wrote is ignored', () => {
    const quota = { id: 'a', scope: 'key', limit: 0 };
    const { settings, unreadable } = readStoredSettings({
      allowedDomains: 'shop.example',
      scrubIPAddresses: true,
      relayPiiConfig: '[1]',
      options: { 'filters:localhost': 'yes', 'filters:releases': '1.*', 'filters:of-tomorrow': 1 },
      quotas: [{ ...quota, categories: ['cats'] }, quota],
      fromTheFuture: { a: 1 },
    });
    expect(unreadable).toEqual(['allowedDomains', 'relayPiiConfig', 'options.filters:localhost', 'quotas.0']);
    expect(settings).toMatchObject({
      allowedDomains: ['*'],
      scrubIPAddresses: true,
      relayPiiConfig: '',
      options: { 'filters:localhost': false, 'filters:releases': '1.*' },
      quotas: [{ id: 'a', categories: [], scope: 'key', limit: 0, window: 60, reasonCode: 'key_quota' }],
    });
  });

  test.each([
    [[], ['settings']],
    ['x', ['settings']],
    [{ options: null }, ['options']],
    [{ quotas: {} }, ['quotas']],
  ])('%j is as good as nothing', (stored, unreadable) => {
    expect(readProjectSettings(stored)).toEqual({ settings: DEFAULT_SETTINGS, unreadable });
  });
});

describe('what is sent', () => {
  const refused = (body: object): string[] =>
    editableSettingsSchema
      .partial()
      .safeParse(body)
      .error?.issues.map((issue) => issue.path.join('.')) ?? [];

  test('is refused by field', () => {
    expect(
      refused({ dataScrubber: 'yes', allowedDomains: [], resolveAge: -1, storeCrashReports: -2 }),
    ).toEqual(['allowedDomains', 'dataScrubber', 'resolveAge', 'storeCrashReports']);
    expect(refused({ sensitiveFields: ['x'.repeat(2_000), 'y'.repeat(2_001)] })).toEqual(['sensitiveFields']);
    expect(refused({ sensitiveFields: ['x'.repeat(2_000), 'y'.repeat(2_000)] })).toEqual([]);
    expect(refused({ safeFields: Array.from({ length: 4_001 }, () => '') })).toEqual(['safeFields']);
    const contexts = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, []]));
    expect(refused({ highlightContext: contexts(100) })).toEqual([]);
    expect(refused({ highlightContext: contexts(101) })).toEqual(['highlightContext']);
    expect(refused({ relayPiiConfig: '{' })).toEqual(['relayPiiConfig']);
    expect(refused({ options: { 'filters:legacy-browsers': ['netscape'] } })).toEqual([
      'options.filters:legacy-browsers.0',
    ]);
  });

  test('a list of quotas has each id once, a window with each limit, and known categories', () => {
    const quota = { id: 'a', categories: ['error', 'error'], scope: 'project', limit: 5, window: 3600 };
    expect(quotaListSchema.parse([quota])).toEqual([
      { ...quota, categories: ['error'], reasonCode: 'project_quota' },
    ]);
    const bad = [
      [quota, quota],
      [{ ...quota, window: undefined }],
      [{ ...quota, window: 32 * 86_400 }],
      [{ ...quota, limit: 1.5 }],
      [{ ...quota, limit: -1 }],
      [{ ...quota, categories: ['cats'] }],
      [{ ...quota, scope: 'global' }],
      [{ ...quota, id: 'key-rate-limit' }],
      [{ ...quota, reasonCode: 'a:b' }],
    ];
    for (const quotas of bad) expect(quotaListSchema.safeParse(quotas).success).toBe(false);
  });
});

describe('the rate limit of a key', () => {
  test('is a quota of its events', () => {
    expect(quotaOfKey({ count: 100, window: 60 })).toEqual({
      id: 'key-rate-limit',
      categories: ['default', 'error', 'security'],
      scope: 'key',
      limit: 100,
      window: 60,
      reasonCode: 'key_quota',
    });
  });

  test.each([
    [undefined],
    [{ count: null, window: null }],
    [{ count: 5, window: 0 }],
    [{ count: 0, window: 5 }],
  ])('%j is none', (rateLimit) => {
    expect(quotaOfKey(rateLimit)).toBeUndefined();
  });
});

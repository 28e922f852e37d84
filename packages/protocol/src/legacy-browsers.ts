/** What `legacy-browsers` with `active: true` stands for: a name without a version goes with the oldest version that is still supported. */
export const CURRENT_LEGACY_BROWSERS = [
  'ie',
  'edge',
  'safari',
  'firefox',
  'chrome',
  'opera',
  'android',
  'opera_mini',
] as const;

/** Also the names of older clients, each with the version in it. */
export const LEGACY_BROWSERS = [
  ...CURRENT_LEGACY_BROWSERS,
  'ie_pre_9',
  'ie9',
  'ie10',
  'ie11',
  'safari_pre_6',
  'opera_pre_15',
  'opera_mini_pre_8',
  'android_pre_4',
  'edge_pre_79',
] as const;
export type LegacyBrowser = (typeof LEGACY_BROWSERS)[number];

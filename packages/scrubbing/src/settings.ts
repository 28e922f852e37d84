/** What is taken out of a project's events before they are stored. */
export interface ScrubbingSettings {
  /** `dataScrubber`. False: only addresses (`scrubIps`) and what `rules` say. */
  readonly isOn: boolean;
  /** `dataScrubberDefaults`: the built-in rules, which know passwords, card numbers, keys. */
  readonly useDefaults: boolean;
  /** `scrubIPAddresses` */
  readonly scrubIps: boolean;
  /** Parts of names: a field is scrubbed when its name or its text contains one. Blank entries are ignored. */
  readonly sensitiveFields: readonly string[];
  /** Names of fields that are left alone; `*` stands for any characters, `a.b` for b within a, `a.**` for all within a. */
  readonly safeFields: readonly string[];
  /** Advanced rules (`relayPiiConfig`) as parsed JSON. */
  readonly rules?: Readonly<Record<string, unknown>> | undefined;
}

/** What a new project has. */
export const DEFAULT_SCRUBBING: ScrubbingSettings = {
  isOn: true,
  useDefaults: true,
  scrubIps: false,
  sensitiveFields: [],
  safeFields: [],
};

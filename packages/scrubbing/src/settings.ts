/** What is taken out of a project's events before they are stored, in the names of the settings API. */
export interface ScrubbingSettings {
  /** Off: only addresses (`scrubIPAddresses`) and what advanced rules say. */
  readonly dataScrubber: boolean;
  /** The built-in rules, which know passwords, card numbers, keys. */
  readonly dataScrubberDefaults: boolean;
  readonly scrubIPAddresses: boolean;
  /** Parts of names: a field is scrubbed when its name or its text contains one. Blank entries are ignored. */
  readonly sensitiveFields: readonly string[];
  /** Names of fields that are left alone; `*` stands for any characters, `a.b` for b within a, `a.**` for all within a. */
  readonly safeFields: readonly string[];
  /** Advanced rules as JSON text; null: none. */
  readonly relayPiiConfig: string | null;
}

/** What a new project has. */
export const DEFAULT_SCRUBBING: ScrubbingSettings = {
  dataScrubber: true,
  dataScrubberDefaults: true,
  scrubIPAddresses: false,
  sensitiveFields: [],
  safeFields: [],
  relayPiiConfig: null,
};

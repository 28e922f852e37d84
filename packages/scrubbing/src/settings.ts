import type { ScrubbingSettings } from '@culprit/protocol';

/** What a new project has. */
export const DEFAULT_SCRUBBING: ScrubbingSettings = {
  dataScrubber: true,
  dataScrubberDefaults: true,
  scrubIPAddresses: false,
  sensitiveFields: [],
  safeFields: [],
  relayPiiConfig: null,
};

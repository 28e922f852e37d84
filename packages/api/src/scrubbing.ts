import { editableSettingsSchema } from '@culprit/settings';
import { z } from 'zod';

/** `POST /api/0/projects/{org}/{project}/scrubbing/try/`: what stands in the fields, saved or not. What is left out is as the project has it. */
export const scrubbingTrialSchema = z.object({
  /** An event as an SDK sends it. */
  event: z.record(z.string(), z.unknown()),
  settings: editableSettingsSchema
    .pick({
      dataScrubber: true,
      dataScrubberDefaults: true,
      scrubIPAddresses: true,
      sensitiveFields: true,
      safeFields: true,
      relayPiiConfig: true,
    })
    .partial()
    .optional(),
});

/** The answer to it. */
export const scrubbedEventSchema = z.object({
  /** As it would be stored, with `_meta`. */
  event: z.record(z.string(), z.unknown()),
});

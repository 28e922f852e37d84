import type { SecurityReportFacts } from '@culprit/protocol';

/** Characters: more than any of them may have, so that what is too long is still seen to be. */
const MAX_TEXT = 250;

/** What is known of a security report besides its body. It goes into the header of a record, so each text is cut. */
export function reportFactsOf(facts: {
  readonly contentType?: string | undefined;
  readonly release?: string | undefined;
  readonly environment?: string | undefined;
}): SecurityReportFacts {
  const contentType = facts.contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return {
    ...textField('content_type', contentType),
    ...textField('release', facts.release),
    ...textField('environment', facts.environment),
  };
}

function textField<K extends keyof SecurityReportFacts>(
  name: K,
  text: string | undefined,
): SecurityReportFacts {
  return text === undefined || text === '' ? {} : { [name]: text.slice(0, MAX_TEXT) };
}

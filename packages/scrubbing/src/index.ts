export { parseAdvancedRules, type RuleProblem } from './advanced/parse-rules.ts';
export { FILTERED } from './redaction.ts';
export { scrubEvent } from './scrub-event.ts';
export { DEFAULT_SCRUBBING } from './settings.ts';

import { parseAdvancedRules } from '@culprit/scrubbing';
import { Refusal } from './refusal.ts';

/** @throws Refusal 400 that says which of the advanced rules cannot be used, and why. */
export function checkScrubbingRules(text: string | undefined): void {
  if (text === undefined) return;
  const { problems } = parseAdvancedRules(text);
  if (problems.length === 0) return;
  throw new Refusal(400, {
    relayPiiConfig: problems.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`)),
  });
}

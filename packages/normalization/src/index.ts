export { type DecodedPayload, decodePayload } from './decode-payload.ts';
export { type Handled, handledOf } from './handled.ts';
export { type NormalizationContext, type NormalizationResult, normalizeEvent } from './normalize-event.ts';
export { parseUserAgent, type UserAgentFacts } from './user-agent.ts';

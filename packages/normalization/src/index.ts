export { type DecodedPayload, decodePayload } from './decode-payload.ts';
export { type Handled, handledOf } from './handled.ts';
export { type NormalizationContext, type NormalizationResult, normalizeEvent } from './normalize-event.ts';
export { Notes } from './notes.ts';
export { normalizeEnvironment, normalizeRelease } from './release.ts';
export {
  type SecurityReportContext,
  type SecurityReportRefusal,
  type SecurityReportResult,
  securityReportToEvent,
} from './security-report.ts';
export { corrected, type EventClock, eventClock, parseTimestamp } from './timestamps.ts';
export type { GeoFacts, GeoLookup } from './user.ts';
export { parseUserAgent, type UserAgentFacts } from './user-agent.ts';

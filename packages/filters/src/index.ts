export { filterEvent, hasPayloadFilter, type RequestFacts } from './filter-event.ts';
export { filterSession, isBlockedAddress, type SessionFacts } from './filter-session.ts';
export { compileGlob, type Glob, MAX_GLOB_CHARS } from './glob.ts';
export { type FilterReason, NO_FILTERS } from './settings.ts';

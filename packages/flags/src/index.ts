export { defineFlags, expiredFlags, type FlagDefinition, type FlagDefinitions } from './define-flags.ts';
export { type Flags, type FlagsOptions, setFlagRules, startFlags } from './flags.ts';
export { productFlags } from './product-flags.ts';
export { type FlagRules, type FlagSubject, flagRules, isOnByRules } from './rules.ts';

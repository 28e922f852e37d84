export type { Grouping, TitleMetadata, Variant } from './grouping.ts';
export { group } from './strategies/2026-11-21.ts';

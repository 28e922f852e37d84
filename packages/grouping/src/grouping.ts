import type { GroupingHash } from '@culprit/protocol';

/** What the hash was made from. */
export type Variant = 'fingerprint' | 'checksum' | 'app' | 'all' | 'message' | 'security' | 'fallback';

/** Parts of the title, for pages that show them apart. */
export interface TitleMetadata {
  readonly type?: string;
  readonly value?: string;
  readonly filename?: string;
  readonly function?: string;
}

export interface Grouping {
  readonly hash: GroupingHash;
  /** Name of the strategy that made the hash; stored with it. */
  readonly strategy: string;
  readonly variant: Variant;
  /** One line, at most 256 characters. */
  readonly title: string;
  /** Where it happened; '' when nothing tells. At most 256 characters. */
  readonly culprit: string;
  readonly metadata: TitleMetadata;
}

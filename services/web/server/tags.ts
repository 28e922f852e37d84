import type { IssueDetail, TagSummary } from '@culprit/api';
import type { WebContext } from './context.ts';
import { issueHashes } from './event-reading.ts';
import { LONGEST_PERIOD_MS } from './periods.ts';
import { tagKeysOfIssue, tagsOfIssue } from './queries/issues.ts';
import type { IssueRow } from './store/issues.ts';

/** Keys of the tags of an issue's events of the last 90 days, with the number of events that have them. */
export async function readTagKeys(
  context: WebContext,
  issue: Pick<IssueRow, 'id' | 'project_id'>,
): Promise<IssueDetail['tags']> {
  const hashes = await issueHashes(context, issue.id);
  if (hashes.length === 0) return [];
  const rows = await context.clickhouse.query(tagKeysOfIssue, {
    project: issue.project_id,
    hashes: [...hashes],
    environments: [],
    from: Math.max(0, context.clock.now() - LONGEST_PERIOD_MS),
  });
  return rows.map(({ key, events }) => ({ key, name: key, totalValues: events }));
}

/** The tags of an issue's events of the last 90 days, by key; of each the most frequent values. */
export async function readTags(
  context: WebContext,
  issue: Pick<IssueRow, 'id' | 'project_id'>,
  options: {
    readonly valuesPerKey: number;
    readonly key?: string;
    readonly environments?: readonly string[];
  },
): Promise<TagSummary[]> {
  const hashes = await issueHashes(context, issue.id);
  if (hashes.length === 0) return [];
  const rows = await context.clickhouse.query(tagsOfIssue, {
    project: issue.project_id,
    hashes: [...hashes],
    environments: [...(options.environments ?? [])],
    key: options.key ?? '',
    from: Math.max(0, context.clock.now() - LONGEST_PERIOD_MS),
    valuesPerKey: options.valuesPerKey,
  });
  const tags = new Map<string, TagSummary>();
  for (const row of rows) {
    const tag = tags.get(row.key) ?? {
      key: row.key,
      name: row.key,
      uniqueValues: row.key_values,
      totalValues: row.key_events,
      topValues: [],
    };
    tags.set(row.key, tag);
    tag.topValues.push({
      name: row.value,
      value: row.value,
      count: row.events,
      firstSeen: new Date(row.first).toISOString(),
      lastSeen: new Date(row.last).toISOString(),
    });
  }
  return [...tags.values()];
}

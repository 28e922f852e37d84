import type { Series } from '@culprit/api';
import { formatCount } from '../../format/numbers.ts';

/** ` of about 4,000 that came`, where over a quota most were not kept; else nothing. */
export function cameText({ came }: Pick<Series, 'came'>, bin?: number): string {
  if (!came) return '';
  const sum = bin === undefined ? came.reduce((total, [, count]) => total + count, 0) : came[bin]?.[1];
  return ` of about ${formatCount(sum ?? 0)} that came`;
}

/** What the paler bars are. */
export function CameLegend({ series }: { series: Pick<Series, 'came'> }) {
  if (!series.came) return null;
  return (
    <span>
      <i className="k-came" />
      <span className="t">About what came: over a quota the first of each kind are kept</span>
    </span>
  );
}

import type { FuzzReport } from './fuzz.ts';

/** A process may grow by this while its heap finds its size. */
const SLACK_MB = 100;
const GROWTH = 1.4;

/** What the run found; empty where every promise held. */
export function problemsOf(report: FuzzReport): readonly string[] {
  const { early, late } = report.memory;
  const grown = Object.keys(late).filter(
    (name) => (late[name] ?? 0) > (early[name] ?? 0) * GROWTH + SLACK_MB,
  );
  return [
    ...report.broken.map((line) => `answered ${line}`),
    ...report.restarted.map((name) => `${name} was started again`),
    ...(report.deadLetters > 0 ? [`${report.deadLetters} dead letters`] : []),
    ...(report.outcomes === report.expectedOutcomes
      ? []
      : [`${report.outcomes} outcomes of ${report.expectedOutcomes} items`]),
    ...report.changed.map((line) => `stored otherwise than sent: ${line}`),
    ...(report.probesRead === 0 ? ['no event was read back'] : []),
    ...grown.map((name) => `${name} grew from ${early[name]} to ${late[name]} MB`),
  ];
}

import type { DeployReference } from '@culprit/api';
import { percentOf, type TimeSpan } from './scale.ts';

export interface PlacedMark {
  readonly deploy: DeployReference;
  readonly percent: number;
  /** Label to the left of the pole. */
  readonly isLeft: boolean;
  /** What stands beside `#412`: project and version, the project, nothing; `undefined`: no label at all. */
  readonly beside: string | undefined;
}

/** Measured with the widest of the system faces, so that the others have room to spare. */
const BOLD_PX = 8;
const CHARACTER_PX = 6.8;
const PENNANT_PX = 20;

/** Pixels that a label needs, its pennant and a gap included. */
export function labelWidthOf(number: number, beside: string): number {
  const project = beside === '' ? 0 : (beside.length + 1) * CHARACTER_PX;
  return PENNANT_PX + `#${number}`.length * BOLD_PX + project;
}

function textsOf(deploy: DeployReference): readonly string[] {
  const project = deploy.projects.join(', ');
  const full = deploy.version.startsWith(deploy.projects[0] ?? '\0')
    ? deploy.version
    : `${project} ${deploy.version}`;
  return [full, project, ''];
}

/**
 * Labels of deploys that never overlap: the newest is placed first, whoever has no room drops the version, then the
 * project, then the label. Near the right edge a label stands to the left of its pole.
 *
 * @param width of the plot in pixels.
 */
export function placeMarks(
  deploys: readonly DeployReference[],
  span: TimeSpan,
  width: number,
): readonly PlacedMark[] {
  const inside = deploys.filter((deploy) => {
    const percent = percentOf(Date.parse(deploy.dateFinished), span);
    return percent >= 0 && percent <= 100;
  });
  const poles = inside.map(({ dateFinished }) => (percentOf(Date.parse(dateFinished), span) / 100) * width);
  const taken: [number, number][] = [];
  // A label may end where the next pole stands, but not be crossed by it.
  const isFree = (from: number, to: number): boolean =>
    from >= 0 &&
    to <= width &&
    taken.every(([a, b]) => to <= a || from >= b) &&
    poles.every((pole) => pole <= from + 1 || pole >= to - 1);
  const newestFirst = inside.toSorted((a, b) => Date.parse(b.dateFinished) - Date.parse(a.dateFinished));
  const placed = newestFirst.map((deploy): PlacedMark => {
    const percent = percentOf(Date.parse(deploy.dateFinished), span);
    const at = (percent / 100) * width;
    for (const beside of textsOf(deploy)) {
      const wide = labelWidthOf(deploy.number, beside);
      for (const isLeft of [false, true]) {
        const [from, to] = isLeft ? [at - wide, at] : [at, at + wide];
        if (!isFree(from, to)) continue;
        taken.push([from, to]);
        return { deploy, percent, isLeft, beside };
      }
    }
    return { deploy, percent, isLeft: false, beside: undefined };
  });
  return placed.toReversed();
}

import type { EventFrame } from '@culprit/api';

/** One app frame, or neighbouring library frames that are told in a line. */
export type FrameGroup =
  | { readonly kind: 'frame'; readonly frame: EventFrame; readonly index: number }
  | { readonly kind: 'library'; readonly frames: readonly EventFrame[]; readonly index: number };

/** The package that a frame's code is in, as people call it. */
export function packageOf(frame: EventFrame): string | undefined {
  const path = (frame.filename ?? frame.absPath ?? '').replaceAll('\\', '/');
  const at = path.lastIndexOf('node_modules/');
  if (at >= 0) {
    const [first = '', second = ''] = path.slice(at + 'node_modules/'.length).split('/');
    return first.startsWith('@') ? `${first}/${second}` : first;
  }
  if (path.startsWith('node:')) return 'Node';
  if (frame.package !== null && frame.package !== '')
    return frame.package.slice(frame.package.lastIndexOf('/') + 1);
  const [top] = (frame.module ?? '').split(/[.:/]/);
  return top === '' ? undefined : top;
}

/**
 * Newest call first. Library frames fold, unless all frames are asked for or none is the app's own.
 *
 * @param frames oldest call first, as events have them.
 */
export function groupFrames(frames: readonly EventFrame[], isFull: boolean): readonly FrameGroup[] {
  const newestFirst = frames.toReversed();
  const isWhole = isFull || !frames.some(({ inApp }) => inApp);
  const groups: FrameGroup[] = [];
  for (const [index, frame] of newestFirst.entries()) {
    const last = groups.at(-1);
    if (frame.inApp || isWhole) groups.push({ kind: 'frame', frame, index });
    else if (last?.kind === 'library')
      groups[groups.length - 1] = { ...last, frames: [...last.frames, frame] };
    else groups.push({ kind: 'library', frames: [frame], index });
  }
  return groups;
}

const MOST_NAMES = 3;

/** `Called from 17 frames in react-dom and scheduler` */
export function librarySentence(frames: readonly EventFrame[], isAbove: boolean): string {
  const names = [...new Set(frames.map(packageOf).filter((name) => name !== undefined))];
  const shown = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES - 1), 'others'] : names;
  const where = shown.length === 0 ? '' : ` in ${new Intl.ListFormat('en').format(shown)}`;
  const count = `${frames.length} ${frames.length === 1 ? 'frame' : 'frames'}`;
  return `${isAbove ? 'Failed inside' : 'Called from'} ${count}${where}`;
}

/** The frame that is open at first: the newest of the app that has code to show, else the newest. */
export function openFrameOf(groups: readonly FrameGroup[]): number | undefined {
  const frames = groups.filter((group) => group.kind === 'frame');
  return (
    frames.find(({ frame }) => frame.inApp && frame.context.length > 0) ??
    frames.find(({ frame }) => frame.context.length > 0) ??
    frames[0]
  )?.index;
}

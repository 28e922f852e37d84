import type { Frame } from '@culprit/protocol';
import { fileName } from './file-name.ts';
import { functionName, moduleName } from './names.ts';

/** `app`: only frames of the application. `all`: every frame. */
export type FrameChoice = 'app' | 'all';

/** The frames that a choice lets count. In a stack whose frames nobody marked as the application's or not, all count. */
export function candidateFrames(frames: readonly Frame[], choice: FrameChoice): readonly Frame[] {
  return choice === 'app' && isMarked(frames) ? frames.filter((frame) => frame.in_app === true) : frames;
}

/** Whether the sender told the application's frames from others. */
export function isMarked(frames: readonly Frame[]): boolean {
  return frames.some((frame) => frame.in_app !== null && frame.in_app !== undefined);
}

/**
 * The parts of frames in the order of calls: module or else file name, and function. A frame that tells nothing is left out, and of frames
 * with equal parts in a row one is kept: how deep a recursion went is chance.
 */
export function frameParts(frames: readonly Frame[], platform: string): string[] {
  const parts: string[] = [];
  let previous = '';
  for (const frame of frames) {
    const part = framePart(frame, platform);
    if (part === '' || part === previous) continue;
    parts.push(part);
    previous = part;
  }
  return parts;
}

/** `module\u0003function`, or '' for a frame of the engine and for one without any name. */
function framePart(frame: Frame, platform: string): string {
  if (isEngineFrame(frame)) return '';
  const name = functionName(frame, platform);
  const place = moduleName(frame) || fileName(frame);
  return name === '' && place === '' ? '' : `${place}\u0003${name}`;
}

const ENGINE_PATHS: ReadonlySet<string> = new Set([
  '[native code]',
  'native code',
  'eval code',
  '<anonymous>',
]);

/** Frames that one browser reports and another does not. */
function isEngineFrame(frame: Frame): boolean {
  const path = frame.abs_path || frame.filename || '';
  if (ENGINE_PATHS.has(path)) return true;
  return frame.function === 'eval' && !frame.module;
}

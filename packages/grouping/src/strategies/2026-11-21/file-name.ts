import type { Frame } from '@culprit/protocol';
import { withoutVersions } from './versions.ts';

const WEB = ['http://', 'https://', 'blob:', 'applewebdata:'] as const;
/** Ending of what a build made; anything else behind a web address is a page, whose address is not part of the error. */
const SCRIPT = /\.(?:js|mjs|cjs|jsx|ts|mts|tsx|vue|svelte|dart|wasm|bundle)$/;
const MAX_CHARS = 512;

/**
 * The file of a frame: the last segment of its path, lower case, without query, and without what a release changes in it (hash, version).
 * Directories do not count: they differ between machines. '' when there is no file, or a web page stands in its place.
 */
export function fileName(frame: Frame): string {
  const path = frame.filename || frame.abs_path || '';
  if (path === '' || path.startsWith('<') || path.startsWith('[')) return '';
  const name = withoutVersions(lastSegment(withoutQuery(path.slice(0, MAX_CHARS))).toLowerCase());
  const address = frame.abs_path ?? path;
  return WEB.some((scheme) => address.startsWith(scheme)) && !SCRIPT.test(name) ? '' : name;
}

function withoutQuery(path: string): string {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 0x3f || code === 0x23) return path.slice(0, i);
  }
  return path;
}

function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';

export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** Rows above and below the screen that are kept, so that a flick of the wheel meets no hole. */
const SPARE = 12;
const FEW = 60;

function windowOf(list: HTMLElement | null, count: number, rowHeight: number): RowWindow {
  if (list === null || count <= FEW) return { first: 0, end: Math.min(count, FEW) };
  const above = -list.getBoundingClientRect().top;
  const first = Math.max(0, Math.min(count - 1, Math.floor(above / rowHeight) - SPARE));
  return { first, end: Math.min(count, first + Math.ceil(window.innerHeight / rowHeight) + 2 * SPARE) };
}

/** Which rows of a long list are drawn. Rows have one height, so nothing is measured; a short list is drawn whole. */
export function useRowWindow(
  list: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): RowWindow {
  const [shown, setShown] = useState<RowWindow>({ first: 0, end: Math.min(count, FEW) });
  useLayoutEffect(() => setShown(windowOf(list.current, count, rowHeight)), [list, count, rowHeight]);
  useEffect(() => {
    if (count <= FEW) return;
    const follow = (): void =>
      setShown((before) => {
        const next = windowOf(list.current, count, rowHeight);
        return next.first === before.first && next.end === before.end ? before : next;
      });
    window.addEventListener('scroll', follow, { passive: true });
    window.addEventListener('resize', follow);
    return () => {
      window.removeEventListener('scroll', follow);
      window.removeEventListener('resize', follow);
    };
  }, [list, count, rowHeight]);
  return shown;
}

import { useEffect, useState } from 'react';

/** Sooner than this a shape would only flicker. */
const PATIENCE_MS = 150;

export function useIsLate(): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}

const WIDTHS = [
  [62, 34],
  [48, 40],
  [70, 28],
  [55, 36],
] as const;

/** Shapes of the size of the rows that will come. */
export function LoadingRows({ what, rows = 8 }: { what: string; rows?: number }) {
  const isLate = useIsLate();
  return (
    <div className="skels" aria-busy="true" aria-label={`Loading ${what}`} role="status">
      {Array.from({ length: rows }, (_, i) => {
        const [title, second] = WIDTHS[i % WIDTHS.length] ?? WIDTHS[0];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: shapes are alike and never move.
          <div key={i} className={isLate ? '' : 'waiting'}>
            <span className="skel on" style={{ width: `${title}%` }} />
            <span className="skel on" style={{ width: `${second}%` }} />
          </div>
        );
      })}
    </div>
  );
}

import type { HeightScale } from './scale.ts';

/** The horizontal lines of a chart with their figures; a table says the same to those who cannot see it. */
export function ScaleLines({ scale, format }: { scale: HeightScale; format: (value: number) => string }) {
  return scale.lines.map((line) => (
    <div key={line} className="y" style={{ bottom: `${(line / scale.top) * 100}%` }} aria-hidden="true">
      <span>{format(line)}</span>
    </div>
  ));
}

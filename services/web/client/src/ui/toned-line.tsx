import { tonesOf } from './code-tones.ts';

/** A line of code in its tones. */
export function TonedLine({ text }: { text: string }) {
  let at = 0;
  return tonesOf(text).map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.tone === undefined ? (
      piece.text
    ) : (
      <span key={key} className={piece.tone}>
        {piece.text}
      </span>
    );
  });
}

/** Cents; a basket without lines is what this page trips over. */
export function totalOf(basket) {
  return basket.lines.reduce((sum, line) => sum + line.cents, 0);
}

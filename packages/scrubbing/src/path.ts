/** Where a value stands in the event; null is the event itself. Built from the inside out, one link for each container. */
export type Path = { readonly parent: Path; readonly key: string | number } | null;

/** Keys from the event to the value. */
export function keysOf(path: Path, key: string | number): (string | number)[] {
  const keys = [key];
  for (let at = path; at !== null; at = at.parent) keys.push(at.key);
  return keys.reverse();
}

/** A systemd unit: values by section and name, in order; a name may come several times. */
export type UnitFile = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Reads a unit file of the plain kind: no continued lines. @throws Error naming the line that is none. */
export function parseUnitFile(text: string): UnitFile {
  const sections = new Map<string, Map<string, string[]>>();
  let section: Map<string, string[]> | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[') && line.endsWith(']')) {
      section = new Map();
      sections.set(line.slice(1, -1), section);
      continue;
    }
    const equals = line.indexOf('=');
    if (section === undefined || equals < 1 || line.endsWith('\\'))
      throw new Error(`line ${index + 1} is no setting: ${line}`);
    const name = line.slice(0, equals);
    section.set(name, [...(section.get(name) ?? []), line.slice(equals + 1)]);
  }
  return sections;
}

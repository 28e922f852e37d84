import type { JsonObject } from '@culprit/protocol';

/** What a system or a runtime says of itself in one line, taken apart. */
export interface Description {
  readonly name?: string;
  readonly version?: string;
  readonly build?: string;
  readonly kernel_version?: string;
}

/** Longer is no description; keeps the patterns below from looking at a megabyte. */
const MAX_CHARS = 500;

/**
 * The context with the name and version that its `raw_description` tells. Those that were sent win: where there is one of them, nothing is added.
 * @param read of an operating system or of a runtime
 */
export function withDescription(
  context: JsonObject,
  read: (description: string) => Description | undefined,
): JsonObject {
  const { raw_description: raw, name, version } = context;
  if (typeof raw !== 'string' || raw.length > MAX_CHARS || name || version) return context;
  const description = read(raw.trim());
  return description === undefined ? context : { ...description, ...withoutNulls(context) };
}

function withoutNulls(context: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== null && value !== ''));
}

interface Pattern {
  readonly pattern: RegExp;
  readonly read: (groups: { readonly [name: string]: string | undefined }) => Description;
}

/** Forms that SDKs have been seen to send: .NET, Mono, Unity, Unreal. The first that fits is taken. */
const SYSTEMS: readonly Pattern[] = [
  {
    pattern: /^(?:Microsoft )?Windows (?:NT )?(?<version>\d{1,3}\.\d{1,3}\.(?<build>\d{1,6}))/,
    read: windows,
  },
  { pattern: /^Windows \d{1,3} \((?<version>\d{1,3}\.\d{1,3}\.(?<build>\d{1,6}))/, read: windows },
  {
    pattern: /^Android (?:OS )?(?<version>\d{1,4}(?:\.\d{1,4}){0,2}) \/ API-\d{1,3}/,
    read: ({ version }) => ({ name: 'Android', ...known({ version }) }),
  },
  {
    pattern:
      /^(?:Mac OS X|macOS) (?<version>\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)(?: \((?<build>[0-9a-zA-Z]{1,20})\))?/,
    read: ({ version, build }) => ({ name: 'macOS', ...known({ version, build }) }),
  },
  {
    pattern: /^(?<name>iOS|iPadOS|tvOS|watchOS|visionOS) (?<version>\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)/,
    read: ({ name, version }) => known({ name, version }),
  },
  {
    pattern:
      /^Linux (?<kernel>\d{1,3}\.\d{1,3}(?:\.\d{1,4}(?:\.[1-9]\d{0,3})?)?) (?<name>[a-zA-Z]{1,40}) (?<version>\d{1,4}(?:\.\d{1,4}){0,2})/,
    read: ({ kernel, name, version }) => known({ name, version, kernel_version: kernel }),
  },
  {
    pattern: /^(?<name>[a-zA-Z]{1,40}) (?<kernel>\d{1,4}\.\d{1,4}(?:\.\d{1,4}(?:\.[1-9]\d{0,3})?)?)/,
    read: ({ name, kernel }) => known({ name, kernel_version: kernel }),
  },
  { pattern: /^Nintendo Switch$/, read: () => ({ name: 'Nintendo Switch' }) },
];

/** What an operating system says of itself, such as `Microsoft Windows NT 10.0.19045.0` or what `uname` prints. */
export function readSystemDescription(description: string): Description | undefined {
  for (const { pattern, read } of SYSTEMS) {
    const match = pattern.exec(description);
    if (match !== null) return read(match.groups ?? {});
  }
  return undefined;
}

/** What a runtime says of itself: everything before the first version number is its name, as in `.NET Core 4.6.26725.06`. */
export function readRuntimeDescription(description: string): Description | undefined {
  const match = /\s(?<version>\d{1,6}\.\d{1,6}(?:\.\d{1,6}){0,2})/.exec(description);
  const version = match?.groups?.version;
  if (match === null || match.index === 0 || version === undefined) return undefined;
  return { name: description.slice(0, match.index).trim(), version };
}

function known(facts: { readonly [key in keyof Description]: string | undefined }): Description {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** The names that people know, by the version that the kernel tells. */
const WINDOWS: ReadonlyMap<string, string> = new Map([
  ['5.1', 'XP'],
  ['5.2', 'XP'],
  ['6.0', 'Vista'],
  ['6.1', '7'],
  ['6.2', '8'],
  ['6.3', '8.1'],
]);
/** Windows 11 still says 10.0; only its builds are higher. */
const FIRST_BUILD_OF_11 = 22_000;

function windows({ version = '', build = '' }: { readonly [name: string]: string | undefined }): Description {
  const kernel = version.slice(0, version.lastIndexOf('.'));
  const name = WINDOWS.get(kernel) ?? (Number(build) >= FIRST_BUILD_OF_11 ? '11' : '10');
  return { name: 'Windows', version: kernel === '10.0' || WINDOWS.has(kernel) ? name : version, build };
}

/** The release of the .NET Framework by the number that stands in the registry, because its own description does not tell. */
const DOTNET_FRAMEWORKS: ReadonlyMap<string, string> = new Map([
  ['378389', '4.5'],
  ['378675', '4.5.1'],
  ['378758', '4.5.1'],
  ['379893', '4.5.2'],
  ['393295', '4.6'],
  ['393297', '4.6'],
  ['394254', '4.6.1'],
  ['394271', '4.6.1'],
  ['394802', '4.6.2'],
  ['394806', '4.6.2'],
  ['460798', '4.7'],
  ['460805', '4.7'],
  ['461308', '4.7.1'],
  ['461310', '4.7.1'],
  ['461808', '4.7.2'],
  ['461814', '4.7.2'],
  ['528040', '4.8'],
  ['528049', '4.8'],
  ['528209', '4.8'],
  ['528372', '4.8'],
  ['528449', '4.8'],
  ['533320', '4.8.1'],
  ['533325', '4.8.1'],
]);

/** A runtime context; the .NET Framework gets the version that its `build` stands for. */
export function describedRuntime(sent: JsonObject): JsonObject {
  const runtime = withDescription(sent, readRuntimeDescription);
  if (typeof runtime.name !== 'string' || !runtime.name.startsWith('.NET Framework')) return runtime;
  const version = DOTNET_FRAMEWORKS.get(String(runtime.build));
  return version === undefined ? runtime : { ...runtime, version };
}

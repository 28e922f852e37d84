import { z } from 'zod';

const dependencies = z.record(z.string(), z.string()).default({});
const words = z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional();
const entrySchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.unknown().optional(),
  link: z.boolean().optional(),
  os: words,
  cpu: words,
  libc: words,
  dependencies,
  optionalDependencies: dependencies,
  devDependencies: dependencies,
});
const lockfileSchema = z.object({ packages: z.record(z.string(), entrySchema) });

export type Lockfile = z.infer<typeof lockfileSchema>;
type Entry = Lockfile['packages'][string];

/** @param text of a `package-lock.json`. */
export function parseLockfile(text: string): Lockfile {
  return lockfileSchema.parse(JSON.parse(text));
}

export interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

/** What a release needs of what the lockfile pins. */
export interface PackageSet {
  /** Workspaces, by their folder: `services/web`. */
  readonly workspaces: readonly { readonly folder: string; readonly name: string }[];
  /** Packages of the registry, by their folder: `node_modules/pino`. */
  readonly packages: readonly {
    readonly folder: string;
    readonly name: string;
    readonly version: string;
    readonly integrity: string | undefined;
    readonly license: string | undefined;
  }[];
}

/**
 * Follows `dependencies` and `optionalDependencies` from the workspaces in `from`, as Node would resolve them. The lockfile's own marks do not
 * tell: the test kit is a workspace like any other, and what it needs is for npm as needed as the rest.
 *
 * @param options.withDevelopmentOf workspaces whose development dependencies are wanted, too.
 * @throws Error for a dependency that the lockfile lacks.
 */
export function productionPackages(
  lockfile: Lockfile,
  options: {
    readonly from: readonly string[];
    readonly platform: Platform;
    readonly withDevelopmentOf?: readonly string[];
  },
): PackageSet {
  const { from, platform, withDevelopmentOf = [] } = options;
  const found = new Map<string, Entry>();
  const waiting = [...from];
  const follow = (location: string, name: string, isOptional: boolean): void => {
    const folder = resolveFrom(lockfile, location, name);
    const entry = folder === undefined ? undefined : lockfile.packages[folder];
    if (folder === undefined || entry === undefined || !runsOn(entry, platform)) {
      if (isOptional) return;
      throw new Error(`${location} needs ${name}, and the lockfile has none for this platform`);
    }
    waiting.push(entry.link === true ? (entry.resolved ?? folder) : folder);
  };
  for (let location = waiting.pop(); location !== undefined; location = waiting.pop()) {
    const entry = lockfile.packages[location];
    if (entry === undefined) throw new Error(`the lockfile does not know ${location}`);
    if (found.has(location)) continue;
    found.set(location, entry);
    for (const name of Object.keys(entry.optionalDependencies)) follow(location, name, true);
    const development = withDevelopmentOf.includes(location) ? Object.keys(entry.devDependencies) : [];
    for (const name of [...Object.keys(entry.dependencies), ...development]) {
      if (!Object.hasOwn(entry.optionalDependencies, name)) follow(location, name, false);
    }
  }
  return toPackageSet(found);
}

function toPackageSet(found: ReadonlyMap<string, Entry>): PackageSet {
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([folder]) => folder !== '');
  const isInstalled = (folder: string): boolean => folder.includes('node_modules/');
  return {
    workspaces: sorted
      .filter(([folder]) => !isInstalled(folder))
      .map(([folder, { name }]) => ({ folder, name: name ?? folder })),
    packages: sorted
      .filter(([folder]) => isInstalled(folder))
      .map(([folder, entry]) => ({
        folder,
        name: entry.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
        version: entry.version ?? '',
        integrity: entry.integrity,
        license: typeof entry.license === 'string' ? entry.license : undefined,
      })),
  };
}

/** Where Node finds `name` when code in `location` asks for it: in the nearest `node_modules` on the way up. */
function resolveFrom(lockfile: Lockfile, location: string, name: string): string | undefined {
  for (let at = location; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const isFolderOfModules = at === 'node_modules' || at.endsWith('/node_modules');
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (!isFolderOfModules && lockfile.packages[candidate] !== undefined) return candidate;
    if (at === '') return undefined;
  }
}

function runsOn({ os, cpu, libc }: Entry, platform: Platform): boolean {
  const fits = (list: readonly string[] | undefined, value: string): boolean =>
    list === undefined ||
    list.includes(value) ||
    (list.every((one) => one.startsWith('!')) && !list.includes(`!${value}`));
  return fits(os, platform.os) && fits(cpu, platform.cpu) && fits(libc, platform.libc);
}

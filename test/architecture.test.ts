import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Room {
  /** `packages/protocol` */
  readonly folder: string;
  /** `@culprit/protocol` */
  readonly name: string;
  readonly dependencies: readonly string[];
}

interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly room: Room;
  readonly text: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

const PURE = ['protocol', 'pipeline', 'normalization', 'grouping', 'people', 'settings', 'quotas'].map(
  (name) => `packages/${name}`,
);
const MAY_START_STORES = ['services/local', 'packages/testkit', 'packages/embedded'];
/** Where variables of the environment may be read besides `config.ts`, tests and `bin`, and why. */
const READS_ENVIRONMENT = [
  'packages/runtime/src/fault-point.ts', // must work in every process without being handed through
  'packages/runtime/src/run-service.ts', // logs before a service has parsed its configuration
  'packages/runtime/src/self-report/last-words.ts', // a program of its own, told what to say by the process that ends
  'packages/testkit/', // only ever runs in tests
  'packages/embedded/', // passes an environment on to the engines it starts
  'services/local/commands/', // the tools behind the npm scripts, as `bin`
  'services/local/demo/run-shop.ts', // gives the shop an environment of its own
  'services/web/client/', // built by Vite; no environment at run time
];
/** Development tools of the whole repository: what only they import stands in the root's package.json. */
const DEVELOPMENT = ['services/local/commands/'];

/** Static (also type-only and re-exporting) imports begin a line; dynamic ones may stand anywhere. */
const IMPORT =
  /^(?:import|export|\})(?:[^'"\n]*\bfrom)? *['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm;

const rooms = readRooms();
const files = rooms.flatMap((room) => sourceFilesOf(room));

describe('the repository', () => {
  test('has the files that these rules are about', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(rooms.map((room) => room.folder)).toEqual(expect.arrayContaining(PURE));
    expect(files.flatMap((file) => file.imports)).toContain('@culprit/protocol');
  });

  test('no service imports another service, and no package imports a service', () => {
    const services = rooms.filter((room) => room.folder.startsWith('services/'));
    const offences = files.flatMap((file) =>
      file.imports
        .filter((imported) =>
          services.some((service) => service.name !== file.room.name && isOf(service, imported, file)),
        )
        .map((imported) => `${file.path} imports ${imported}`),
    );
    expect(offences).toEqual([]);
  });

  test('relative imports stay inside their package or service', () => {
    const offences = files
      .filter((file) => !isTest(file.path))
      .flatMap((file) =>
        file.imports
          .filter(
            (imported) => imported.startsWith('.') && !resolved(file, imported).startsWith(file.room.folder),
          )
          .map((imported) => `${file.path} imports ${imported}`),
      );
    expect(offences).toEqual([]);
  });

  test('what a package imports from others stands in its package.json', () => {
    const offences = files
      .filter((file) => !isTest(file.path))
      .flatMap((file) =>
        file.imports
          .filter((imported) => !imported.startsWith('.') && !imported.startsWith('node:'))
          .map((imported) => packageOf(imported))
          .filter((name) => name !== file.room.name && !dependenciesOf(file).includes(name))
          .map((name) => `${file.path} imports ${name}`),
      );
    expect(offences).toEqual([]);
  });

  test('pure packages import only the protocol and their own libraries, and nothing that does I/O', () => {
    const offences = files
      .filter((file) => PURE.includes(file.room.folder) && !isTest(file.path))
      .flatMap((file) =>
        file.imports
          .filter(
            (imported) =>
              isIo(imported) || (imported.startsWith('@culprit/') && imported !== '@culprit/protocol'),
          )
          .map((imported) => `${file.path} imports ${imported}`),
      );
    expect(offences).toEqual([]);
  });

  test('pure packages take the time from their caller', () => {
    const offences = files
      .filter((file) => PURE.includes(file.room.folder) && !isTest(file.path))
      .filter((file) =>
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\./.test(withoutComments(file.text)),
      )
      .map((file) => file.path);
    expect(offences).toEqual([]);
  });

  test('only the supervisor and the test kit start embedded stores', () => {
    const offences = files
      .filter((file) => !MAY_START_STORES.includes(file.room.folder) && !isTest(file.path))
      .filter((file) => file.imports.some((imported) => packageOf(imported) === '@culprit/embedded'))
      .map((file) => file.path);
    expect(offences).toEqual([]);
  });

  test('variables of the environment are read in config.ts only; main.ts may hand the environment to it', () => {
    const offences = files
      .filter((file) => !isTest(file.path) && !file.path.endsWith('/config.ts'))
      .filter((file) => !READS_ENVIRONMENT.some((allowed) => file.path.startsWith(allowed)))
      .filter((file) => {
        const isMain = /^services\/[^/]+\/main\.ts$/.test(file.path);
        return (isMain ? /\bprocess\.env\s*[.?[]/ : /\bprocess\.env\b/).test(withoutText(file.text));
      })
      .map((file) => file.path);
    expect(offences).toEqual([]);
  });

  test('index.ts of a package holds named exports and nothing else', () => {
    const offences = files
      .filter((file) => /^packages\/[^/]+\/src\/index\.ts$/.test(file.path))
      .filter(
        (file) =>
          !/^(?:\s*export (?:type )?(?:\*|\{[^}]*\}) from '[^']+';)*\s*$/.test(withoutComments(file.text)),
      )
      .map((file) => file.path);
    expect(offences).toEqual([]);
  });
});

function readRooms(): readonly Room[] {
  return ['packages', 'services'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((directory) => {
      const folder = `${kind}/${directory}`;
      return { folder, name: manifestOf(folder).name, dependencies: dependenciesIn(folder) };
    }),
  );
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

function dependenciesIn(folder: string): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifestOf(folder);
  return [dependencies, devDependencies, optionalDependencies].flatMap((list) => Object.keys(list ?? {}));
}

function sourceFilesOf(room: Room): readonly SourceFile[] {
  return readdirSync(join(root, room.folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/\/(node_modules|dist)\//.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, room, text, imports: importsOf(text) };
    });
}

function importsOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(IMPORT)].flatMap(
    ([, imported, dynamic]) => imported ?? dynamic ?? [],
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, '');
}

/** Without comments and without what stands in quotes. */
function withoutText(text: string): string {
  return withoutComments(text).replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

function dependenciesOf(file: SourceFile): readonly string[] {
  const isDevelopment = DEVELOPMENT.some((folder) => file.path.startsWith(folder));
  return isDevelopment ? [...file.room.dependencies, ...dependenciesIn('.')] : file.room.dependencies;
}

function packageOf(imported: string): string {
  return imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/');
}

function resolved(file: SourceFile, imported: string): string {
  return relative(root, join(root, file.path, '..', imported));
}

function isOf(service: Room, imported: string, file: SourceFile): boolean {
  return imported.startsWith('.')
    ? resolved(file, imported).startsWith(`${service.folder}/`)
    : packageOf(imported) === service.name;
}

/** A contract suite is test code that a package hands to those who implement its interface. */
function isTest(path: string): boolean {
  return /\/(test|contract)\/|\/contract-suite\.ts$|\.test\.tsx?$/.test(path);
}

/** Modules of Node that pure code may use. */
const PURE_NODE_MODULES = [
  'node:crypto',
  'node:zlib',
  'node:buffer',
  'node:util',
  'node:url',
  'node:querystring',
  'node:assert',
];

function isIo(imported: string): boolean {
  return imported.startsWith('node:') && !PURE_NODE_MODULES.includes(imported);
}

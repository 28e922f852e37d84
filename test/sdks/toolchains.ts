import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAMS, runTool, type Toolchain } from './toolchain.ts';

const at = (...parts: string[]): string => join(PROGRAMS, ...parts);

export const python: Toolchain = {
  name: 'python',
  needs: [['python3', '--version']],
  sources: ['python/requirements.txt'],
  build: async (folder) => {
    await runTool(['python3', '-m', 'venv', folder], folder);
    const pip = join(folder, 'bin', 'pip');
    await runTool([pip, 'install', '--quiet', '-r', at('python', 'requirements.txt')], folder);
  },
  command: (folder) => [join(folder, 'bin', 'python'), at('python', 'main.py')],
};

export const java: Toolchain = {
  name: 'java',
  needs: [
    ['java', '-version'],
    ['javac', '-version'],
    ['mvn', '--version'],
  ],
  sources: ['java/pom.xml', 'java/Orders.java'],
  build: async (folder) => {
    const jars = `-DoutputDirectory=${join(folder, 'jars')}`;
    await runTool(
      ['mvn', '-q', '-B', '-f', at('java', 'pom.xml'), 'dependency:copy-dependencies', jars],
      folder,
    );
    const classpath = ['-cp', join(folder, 'jars', '*')];
    await runTool(
      ['javac', '--release', '11', ...classpath, '-d', join(folder, 'classes'), at('java', 'Orders.java')],
      folder,
    );
  },
  command: (folder) => ['java', '-cp', `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`, 'Orders'],
};

export const golang: Toolchain = {
  name: 'go',
  needs: [['go', 'version']],
  sources: ['go/go.mod', 'go/go.sum', 'go/main.go'],
  build: (folder) => runTool(['go', 'build', '-o', join(folder, 'orders'), '.'], at('go')),
  command: (folder) => [join(folder, 'orders')],
};

export const rust: Toolchain = {
  name: 'rust',
  needs: [['cargo', '--version']],
  sources: ['rust/Cargo.toml', 'rust/Cargo.lock', 'rust/src/main.rs'],
  build: async (folder) => {
    const env = { CARGO_TARGET_DIR: join(folder, 'target') };
    await runTool(['cargo', 'build', '--locked', '--quiet'], at('rust'), env);
    await copyFile(join(folder, 'target', 'debug', 'orders'), join(folder, 'orders'));
    // Some 400 MB, of which the program is 50.
    await rm(join(folder, 'target'), { recursive: true });
  },
  command: (folder) => [join(folder, 'orders')],
};

import { isBuiltin } from 'node:module';
import type { Plugin } from 'vite';

/**
 * Ends a build in which a page would import a module of Node. Vite only warns and puts an empty object in its place, which fails in the
 * browser of whoever comes to the line that uses it.
 */
export function refuseNodeModules(): Plugin {
  return {
    name: 'refuse-node-modules',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (isBuiltin(source)) this.error(`${importer ?? 'the entry'} imports ${source}, which no browser has`);
    },
  };
}

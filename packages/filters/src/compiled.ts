import type { FilterSettings } from '@culprit/protocol';
import { type AddressTest, compileAddresses } from './addresses.ts';
import { compileSources, type OriginTest } from './csp-sources.ts';
import { CHUNK_LOAD_ERRORS, compileGlobs, REACT_HYDRATION_ERRORS, type TextTest } from './error-messages.ts';
import { compileLegacyBrowsers } from './legacy-browsers.ts';

/** Settings ready to be used; a test that cannot match is undefined. */
export interface CompiledFilters {
  readonly addresses: AddressTest | undefined;
  readonly sources: OriginTest | undefined;
  readonly releases: TextTest | undefined;
  readonly messages: TextTest | undefined;
  readonly legacyBrowsers: ((userAgent: string) => boolean) | undefined;
  readonly hydration: TextTest | undefined;
  readonly chunks: TextTest | undefined;
}

/** Compiled once for each settings object, and kept as long as that is. */
const compiled = new WeakMap<FilterSettings, CompiledFilters>();

export function compiledFilters(settings: FilterSettings): CompiledFilters {
  let filters = compiled.get(settings);
  if (filters === undefined) {
    filters = {
      addresses: settings.blacklistedIps.length === 0 ? undefined : compileAddresses(settings.blacklistedIps),
      sources: compileSources(settings.cspIgnoredSources, settings.cspIgnoredSourcesDefaults),
      releases: compileGlobs(settings.releases),
      messages: compileGlobs(settings.errorMessages),
      legacyBrowsers: compileLegacyBrowsers(settings.legacyBrowsers),
      hydration: settings.reactHydrationErrors ? HYDRATION : undefined,
      chunks: settings.chunkLoadError ? CHUNKS : undefined,
    };
    compiled.set(settings, filters);
  }
  return filters;
}

const HYDRATION = compileGlobs(REACT_HYDRATION_ERRORS);
const CHUNKS = compileGlobs(CHUNK_LOAD_ERRORS);

import { stat } from 'node:fs/promises';
import type { GeoFacts, GeoLookup } from '@culprit/normalization';
import type { Logger } from '@culprit/runtime';
import { type CityResponse, open, type Reader } from 'maxmind';

/** A database of places may be replaced while the processor runs; it is looked at this often. Milliseconds. */
const LOOK_EVERY_MS = 10 * 60_000;

export interface GeoDatabase {
  readonly lookup: GeoLookup;
  /** Reads the file again if it is another one than before. A file that cannot be read leaves the old one in use. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Opens a database of places in MaxMind's format, such as GeoLite2 City or Country (60 MB in memory).
 * @param file path of the `.mmdb` file
 * @throws Error when it cannot be read: who configures it wants places, not their silent absence.
 */
export async function openGeoDatabase(file: string, logger: Logger): Promise<GeoDatabase> {
  let version = await versionOf(file);
  let reader = await open<CityResponse>(file);
  const refresh = async (): Promise<void> => {
    try {
      const found = await versionOf(file);
      if (found === version) return;
      reader = await open<CityResponse>(file);
      version = found;
    } catch (err) {
      logger.warn({ err, file }, 'database of places cannot be read again; the old one stays in use');
    }
  };
  const timer = setInterval(refresh, LOOK_EVERY_MS);
  timer.unref();
  return { lookup: (ip) => placeOf(reader, ip), refresh, close: () => clearInterval(timer) };
}

async function versionOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs} ${size} ${ino}`;
}

/** Names are English ones, as everything else that an event tells. */
function placeOf(reader: Reader<CityResponse>, ip: string): GeoFacts | undefined {
  // A database of IPv4 addresses has no place for others.
  if (reader.metadata.ipVersion === 4 && ip.includes(':')) return undefined;
  const found = reader.get(ip);
  if (found === null) return undefined;
  const country = found.country ?? found.registered_country;
  const facts = {
    city: found.city?.names?.en,
    country_code: country?.iso_code,
    subdivision: found.subdivisions?.at(-1)?.names?.en,
    region: country?.names?.en,
  };
  const known = Object.entries(facts).filter(([, value]) => typeof value === 'string');
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

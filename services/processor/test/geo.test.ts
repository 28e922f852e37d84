import { utimes, writeFile } from 'node:fs/promises';
import { silentLogger } from '@culprit/runtime';
import { temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GeoDatabase, openGeoDatabase } from '../geo.ts';
import { mmdbFile } from './mmdb-file.ts';

const COUNTRY = { iso_code: 'AT', names: { en: 'Austria', de: 'Österreich' } };
const LINZ = {
  city: { names: { en: 'Linz', de: 'Linz an der Donau' } },
  country: COUNTRY,
  subdivisions: [{ iso_code: '4', names: { en: 'Upper Austria' } }],
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let geo: GeoDatabase;

beforeEach(async () => {
  folder = await temporaryFolder();
  file = `${folder.path}/places.mmdb`;
  await writeFile(
    file,
    mmdbFile({
      '203.0.113.0': LINZ,
      '198.51.100.0': { registered_country: COUNTRY },
      '192.0.2.0': { traits: { user_count: 5 } },
    }),
  );
  geo = await openGeoDatabase(file, silentLogger());
});

afterEach(async () => {
  geo.close();
  await folder.remove();
});

test('an address has its city, its country by code and name, and the smallest part of it', () => {
  expect(geo.lookup('203.0.113.77')).toEqual({
    city: 'Linz',
    country_code: 'AT',
    subdivision: 'Upper Austria',
    region: 'Austria',
  });
});

test('an address of which only the country is known has the country', () => {
  expect(geo.lookup('198.51.100.1')).toEqual({ country_code: 'AT', region: 'Austria' });
});

test('an address that is not in the database, of another family, or without a place has none', () => {
  expect(geo.lookup('203.0.112.1')).toBeUndefined();
  expect(geo.lookup('2001:db8::1')).toBeUndefined();
  expect(geo.lookup('192.0.2.1')).toBeUndefined();
});

test('a database that was replaced is read without a restart', async () => {
  await writeFile(file, mmdbFile({ '203.0.113.0': { ...LINZ, city: { names: { en: 'Wels' } } } }));
  await utimes(file, 1, 1);
  await geo.refresh();
  expect(geo.lookup('203.0.113.77')?.city).toBe('Wels');
});

test('a database that is broken or gone leaves the old one in use', async () => {
  await writeFile(file, 'no database');
  await geo.refresh();
  expect(geo.lookup('203.0.113.77')?.city).toBe('Linz');
  await folder.remove();
  await geo.refresh();
  expect(geo.lookup('203.0.113.77')?.city).toBe('Linz');
});

test('a database that cannot be read is an error at the start', async () => {
  await expect(openGeoDatabase(`${folder.path}/none.mmdb`, silentLogger())).rejects.toThrow('ENOENT');
});

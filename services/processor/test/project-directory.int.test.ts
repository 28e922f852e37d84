import { sql } from '@culprit/postgres';
import { manualClock, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectDirectory } from '../project-directory.ts';

let stores: Awaited<ReturnType<typeof testDatabase>>;
let organizationId: string;

beforeAll(async () => {
  stores = await testDatabase();
  const organization = await stores.database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('o', 'O', '\\x00') returning id`);
  organizationId = organization.id;
});
afterAll(() => stores.drop());

async function addProject(slug: string): Promise<number> {
  const project = await stores.database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organizationId}, ${slug}, ${slug}) returning id`);
  return project.id;
}

const scrubIps = (id: number, is: boolean) =>
  stores.database.execute(sql`
    update projects set settings = jsonb_build_object('scrubIPAddresses', ${is}::boolean) where id = ${id}`);

/** The database, and how many statements it was asked. */
function counted() {
  let statements = 0;
  const database = new Proxy(stores.database, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (name === 'many' || name === 'one') statements++;
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
  return { database, statements: () => statements };
}

test('a changed setting is noticed within two seconds, and a batch asks for nothing that is known', async () => {
  const clock = manualClock();
  const { database, statements } = counted();
  const directory = new ProjectDirectory(database, clock);
  const id = await addProject('changing');
  const isScrubbed = async () =>
    (await directory.load(new Set([id]))).project(id)?.settings.scrubbing.scrubIPAddresses;
  expect(await isScrubbed()).toBe(false);
  const asked = statements();
  for (let batch = 0; batch < 50; batch++) await isScrubbed();
  expect(statements()).toBe(asked);
  await scrubIps(id, true);
  clock.advance(1_000);
  expect(await isScrubbed()).toBe(true);
  clock.advance(1_000);
  await isScrubbed();
  // The version, once; nothing changed.
  expect(statements()).toBe(asked + 3);
});

test('a project that was unknown is known as soon as it is there', async () => {
  const clock = manualClock();
  const directory = new ProjectDirectory(stores.database, clock);
  const next = (await addProject('first')) + 1;
  expect((await directory.load(new Set([next]))).project(next)).toBeUndefined();
  expect(await addProject('second')).toBe(next);
  clock.advance(1_000);
  expect((await directory.load(new Set([next]))).project(next)?.id).toBe(next);
});

test('facts that were read before a change are not taken for those after it', async () => {
  const clock = manualClock();
  const id = await addProject('racing');
  let reading = (): void => {};
  const isReading = new Promise<void>((resolve) => {
    reading = resolve;
  });
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const database = new Proxy(stores.database, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (name !== 'many' || typeof method !== 'function')
        return typeof method === 'function' ? method.bind(target) : method;
      return async (...args: unknown[]) => {
        const rows: unknown = await Reflect.apply(method, target, args);
        reading();
        await held;
        return rows;
      };
    },
  });
  const directory = new ProjectDirectory(database, clock);
  const early = directory.load(new Set([id]));
  await isReading;
  await scrubIps(id, true);
  clock.advance(1_000);
  const during = directory.load(new Set([id]));
  goOn();
  expect((await early).project(id)?.settings.scrubbing.scrubIPAddresses).toBe(false);
  expect((await during).project(id)?.settings.scrubbing.scrubIPAddresses).toBe(true);
  expect((await directory.load(new Set([id]))).project(id)?.settings.scrubbing.scrubIPAddresses).toBe(true);
});

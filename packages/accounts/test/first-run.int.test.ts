import { createDatabase, sql } from '@culprit/postgres';
import { testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFirstRun, hashToken, makeFirstRunSecrets, setPassword, verifyPassword } from '../src/index.ts';

const clock = { now: () => 1_763_700_000_000 };
const publicUrl = 'http://127.0.0.1:8400';
let store: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store.drop());

describe('the first run', () => {
  it('makes everything once, also when two processes start at once, and tells it again', async () => {
    const secrets = makeFirstRunSecrets({ clock, publicUrl });
    const other = createDatabase({ url: store.url, max: 1, applicationName: 'test' });
    const runs = await Promise.all([
      createFirstRun(store.database, { clock, publicUrl, secrets }),
      createFirstRun(other, { clock, publicUrl, secrets }),
    ]);
    await other.close();
    expect(runs.map((run) => run.created).sort()).toEqual([false, true]);
    const again = await createFirstRun(store.database, { clock, publicUrl, secrets });
    expect(again).toEqual({ ...runs.find((run) => run.created), created: false });

    const counted = await store.database.one(sql`
      select (select count(*)::int from organizations) as organizations, (select count(*)::int from users) as users,
             (select count(*)::int from teams) as teams, (select count(*)::int from projects) as projects,
             (select count(*)::int from project_keys) as keys, (select count(*)::int from api_tokens) as tokens`);
    expect(counted).toEqual({ organizations: 1, users: 1, teams: 1, projects: 1, keys: 1, tokens: 1 });
  });

  it('keeps password and token only as hashes, and owns what it made', async () => {
    const secrets = makeFirstRunSecrets({ clock, publicUrl });
    const fresh = await testDatabase();
    const run = await createFirstRun(fresh.database, { clock, publicUrl, secrets });
    const row = await fresh.database.one<{
      password_hash: string;
      role: string;
      is_staff: boolean;
      token_hash: Buffer;
    }>(sql`
      select u.password_hash, u.is_staff, m.role, t.token_hash
      from users u join members m on m.user_id = u.id join api_tokens t on t.user_id = u.id
      where u.email = ${run.email}`);
    expect(await verifyPassword(secrets.password, row.password_hash)).toBe(true);
    expect({ role: row.role, staff: row.is_staff }).toEqual({ role: 'owner', staff: true });
    expect(row.token_hash.equals(hashToken(secrets.token))).toBe(true);
    const forgotten = await createFirstRun(fresh.database, { clock, publicUrl });
    expect(forgotten).toMatchObject({
      created: false,
      password: null,
      token: null,
      publicKey: run.publicKey,
    });
    await fresh.drop();
  });

  it('sets a new password for an account that is there', async () => {
    expect(await setPassword(store.database, 'ADMIN@localhost', 'new one')).toBe(true);
    expect(await setPassword(store.database, 'nobody@localhost', 'new one')).toBe(false);
    const { password_hash } = await store.database.one<{ password_hash: string }>(sql`
      select password_hash from users where email = 'admin@localhost'`);
    expect(await verifyPassword('new one', password_hash)).toBe(true);
  });
});

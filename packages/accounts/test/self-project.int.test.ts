import { sql } from '@culprit/postgres';
import { manualClock, type TestDatabase, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFirstRun, createProject, ensureSelfProject, noteOwnRelease } from '../src/index.ts';

const clock = manualClock();
let stores: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  stores = await testDatabase();
  const run = await createFirstRun(stores.database, { clock, publicUrl: 'http://127.0.0.1:8400' });
  organizationId = run.organization.id;
});
afterAll(() => stores.drop());

const ensure = () => ensureSelfProject(stores.database, { clock, organizationId });

const deploys = () =>
  stores.database.many(sql`
    select d.number, r.version, d.environment, dp.project_id from deploys d
    join releases r on r.id = d.release_id join deploy_projects dp on dp.deploy_id = d.id order by d.id`);

describe("Culprit's own project", () => {
  it('leaves the name culprit to a project of the organization, is made once, and may be renamed', async () => {
    const own = { organizationId, teamId: null, name: 'Ours', platform: null };
    await createProject(stores.database, { ...own, slug: 'culprit', createdAt: new Date(clock.now()) });
    const [first, second] = await Promise.all([ensure(), ensure()]);
    expect(first).toMatchObject({
      slug: 'culprit-itself',
      publicKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(second).toEqual(first);
    await stores.database.execute(sql`update projects set slug = 'watchman' where id = ${first?.id ?? 0}`);
    expect(await ensure()).toEqual({ ...first, slug: 'watchman' });
  });

  it('shows another release as a deploy, also on the way back, and the same one not again', async () => {
    expect(await deploys()).toEqual([]);
    const project = await ensure();
    for (const version of ['1.0.0', '1.1.0', '1.1.0', '1.0.0']) {
      await noteOwnRelease(stores.database, {
        clock,
        projectId: project?.id ?? 0,
        release: `culprit@${version}`,
        environment: 'production',
      });
    }
    const common = { environment: 'production', project_id: project?.id };
    expect(await deploys()).toEqual([
      { ...common, number: '1', version: 'culprit@1.1.0' },
      { ...common, number: '2', version: 'culprit@1.0.0' },
    ]);
  });

  it('is told by nobody once its keys are disabled', async () => {
    const project = await ensure();
    await stores.database.execute(
      sql`update project_keys set is_active = false where project_id = ${project?.id ?? 0}`,
    );
    expect(await ensure()).toBeUndefined();
  });
});

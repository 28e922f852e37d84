import { type JsonObject, parseEventId, parseProjectId } from '@culprit/protocol';
import { DEFAULT_SCRUBBING } from '@culprit/scrubbing';
import { DEFAULT_SETTINGS } from '@culprit/settings';
import { NOON } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { group } from '../stages/group.ts';
import { identify } from '../stages/identify.ts';
import { normalize } from '../stages/normalize.ts';
import { scrub } from '../stages/scrub.ts';
import type { StageContext } from '../stages/types.ts';

type Scrubbing = Partial<typeof DEFAULT_SCRUBBING>;

/** Who is found by an event with this user, after the stages before. */
function identified(user: JsonObject, scrubbing: Scrubbing) {
  const [project_id, id] = [parseProjectId(1), parseEventId('a'.repeat(32))];
  if (project_id === undefined || id === undefined) throw new Error('no ids');
  const settings = { ...DEFAULT_SETTINGS, scrubbing: { ...DEFAULT_SCRUBBING, ...scrubbing } };
  const context: StageContext = {
    project: (of) => ({ id: of, organizationId: '1', hashSecret: Buffer.alloc(32, 7), settings }),
  };
  const header = { kind: 'event', project_id, id, received: NOON, key_id: 7, item_type: 'event' } as const;
  const normalized = normalize({ offset: 5, header, json: { user } }, context);
  if (!normalized.ok) throw new Error('refused');
  const scrubbed = scrub({ ...normalized.value, filtered: undefined }, context);
  if (!scrubbed.ok) throw new Error('refused');
  const grouped = group(scrubbed.value);
  if (!grouped.ok) throw new Error('refused');
  const result = identify(grouped.value, context);
  if (!result.ok) throw new Error('refused');
  const { identities, userHash, actorHash } = result.value;
  return { identities, userHash, actorHash };
}

const rule = (method: string): Scrubbing => ({
  relayPiiConfig: JSON.stringify({ applications: { '$user.**': [`@email:${method}`] } }),
});

test('a user is found by id, email and name', () => {
  expect(identified({ id: '7', email: 'Ada@shop.example', username: 'ada' }, {}).identities).toEqual([
    'id:7',
    'email:ada@shop.example',
    'username:ada',
  ]);
});

test.each(['replace', 'mask'])(
  'people whose addresses a rule puts a text in place of are not one person: %s',
  (method) => {
    const ada = identified({ email: 'ada@shop.example' }, rule(method));
    const eve = identified({ email: 'eve@shop.example' }, rule(method));
    expect(ada).toMatchObject({ identities: [], userHash: 0n });
    expect(eve).toMatchObject({ identities: [], userHash: 0n });
  },
);

test('people whose addresses are hashed are still told apart', () => {
  const ada = identified({ email: 'ada@shop.example' }, rule('hash'));
  const eve = identified({ email: 'eve@shop.example' }, rule('hash'));
  expect(ada.userHash).not.toBe(0n);
  expect(ada.userHash).not.toBe(eve.userHash);
});

test('people whose ids are addresses that are scrubbed are not one person', () => {
  const user = identified({ id: '203.0.113.9', username: 'ada' }, { scrubIPAddresses: true });
  expect(user.identities).toEqual(['username:ada']);
});

test('a user whose name was only cut stays known by it', () => {
  expect(identified({ id: 'x'.repeat(200) }, {}).identities).toHaveLength(1);
});

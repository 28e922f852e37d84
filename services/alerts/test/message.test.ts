import { expect, test } from 'vitest';
import { isPublicAddress } from '../channels/private-addresses.ts';
import { groupKeyOf, messageOf, sentenceOf } from '../message.ts';
import type { OutboxFact } from '../store/outbox.ts';

const fact = (overrides: Partial<OutboxFact> = {}): OutboxFact => ({
  id: '7',
  kind: 'issue.new',
  created_at: new Date(0),
  organization_id: '1',
  organization_slug: 'harbor',
  project_id: 3,
  project_slug: 'web',
  issue_id: '9',
  short_id: '95',
  title: 'TypeError: no amount',
  culprit: 'applyVoucher',
  times_seen: '12',
  users_seen: '4',
  hashes: ['00000000000000aa'],
  release_version: 'web@5.31.0',
  deploy_id: '5',
  deploy_number: '2',
  deploy_environment: 'production',
  deploy_version: 'web@5.31.0',
  ...overrides,
});
const noDeploy = { deploy_id: null, deploy_number: null, deploy_environment: null, deploy_version: null };

test('a deploy is named with what it brought and whom it hit', () => {
  expect(sentenceOf([fact(), fact({ id: '8' })], 5)).toBe(
    'deploy #2 to production brought 2 new issues, 5 people hit',
  );
  expect(sentenceOf([fact()], 1)).toBe('deploy #2 to production brought 1 new issue, 1 person hit');
});

test('without a deploy the release is named, and without a release the project', () => {
  expect(sentenceOf([fact(noDeploy)], 0)).toBe('1 new issue in web web@5.31.0, 0 people hit');
  expect(sentenceOf([fact({ ...noDeploy, release_version: null })], 2)).toBe(
    '1 new issue in web, 2 people hit',
  );
});

test('an issue that came back is not called new', () => {
  expect(sentenceOf([fact({ kind: 'issue.regressed' })], 3)).toBe(
    '1 resolved issue came back after deploy #2 to production, 3 people hit',
  );
});

test('facts of one deploy are told together, those of another release are not', () => {
  expect(groupKeyOf(fact({ project_id: 4 }))).toBe(groupKeyOf(fact()));
  expect(groupKeyOf(fact(noDeploy))).not.toBe(groupKeyOf(fact({ ...noDeploy, release_version: 'web@6' })));
});

test('the same facts always have the same idempotency key', () => {
  const facts = [fact(), fact({ id: '8' })];
  expect(messageOf(facts, 5, 'http://c').key).toBe(messageOf(facts, 6, 'http://c').key);
  expect(messageOf(facts, 5, 'http://c').key).toBe('deploy-5:7-8');
});

test.each([
  ['93.184.216.34', true],
  ['2606:2800:220:1::1', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['::1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::a00:1', false],
  ['not an address', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

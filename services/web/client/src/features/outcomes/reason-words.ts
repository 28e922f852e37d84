import type { Tally } from './outcomes.ts';

interface Words {
  readonly title: string;
  /** What to know or do about it. */
  readonly why: string;
}

const words = (title: string, why = ''): Words => ({ title, why });

const FILTERED: Readonly<Record<string, Words>> = {
  'browser-extensions': words('Browser extension', 'The error came from code that is not yours.'),
  'web-crawlers': words('Known crawler', 'Search engines and link previews.'),
  'legacy-browsers': words('Legacy browser', 'A browser that the project does not support any more.'),
  localhost: words('Localhost', 'Sent from somebody’s own machine.'),
  'ip-address': words('Blocked address', 'The address is on the project’s list.'),
  'release-version': words('Release that is not wanted', 'The release is on the project’s list.'),
  'error-message': words('Message that is not wanted', 'The message is on the project’s list.'),
  'react-hydration-errors': words('React hydration', 'Markup of server and browser differ.'),
  'chunk-load-error': words('Chunk that is gone', 'A page of an older deploy asked for a script.'),
  'invalid-csp': words('Content security policy', 'A report about a source that is to be ignored.'),
  'crash-report-limit': words('Crash report', 'The project keeps no more of them.'),
};

const LIMITED: Readonly<Record<string, Words>> = {
  shed: words(
    'Quota spent',
    'Answered 200. The first event of each fault, release and environment was kept each minute.',
  ),
  project_quota: words('Quota of the project spent', 'SDKs are told to wait.'),
  org_quota: words('Quota of the organization spent', 'SDKs are told to wait.'),
  key_quota: words('Limit of a key reached', 'SDKs are told to wait.'),
};

const INVALID: Readonly<Record<string, Words>> = {
  duplicate: words('Sent before', 'The same event was stored already; it counts once.'),
  duplicate_item: words('More than one event in an envelope', 'The first one was kept.'),
  invalid_json: words('Not JSON', 'What was sent could not be read.'),
  timestamp: words('Timestamp before 1970', 'The sender’s clock is wrong.'),
  feature_disabled: words(
    'Not a thing we keep',
    'Transactions, spans, profiles, replays, logs and metrics. SDKs are told so.',
  ),
  empty_envelope: words('Empty envelope', 'It held nothing.'),
  cors: words('Origin that is not allowed', 'Allow it in the project’s settings, or see who uses the key.'),
  project_id: words('Wrong project', 'The key belongs to another project, or is disabled.'),
  security_report_type: words(
    'Unknown kind of report',
    'A report of a browser that nobody knows how to read.',
  ),
  no_data: words('Empty body', 'Nothing was sent.'),
  invalid_envelope: words('Broken envelope', 'It could not be taken apart.'),
  invalid_compression: words('Body was cut off or damaged', 'It could not be unpacked.'),
};

const DISCARDED: Readonly<Record<string, Words>> = {
  sample_rate: words('Sampled', 'The SDK keeps only a part.'),
  before_send: words('beforeSend said no', 'Your own code decided so.'),
  event_processor: words('An event processor said no', 'Your own code, or an integration, decided so.'),
  ratelimit_backoff: words('Waited for a limit', 'The SDK was told to be silent.'),
  queue_overflow: words('Too much at once', 'The SDK’s queue was full.'),
  cache_overflow: words('Offline too long', 'The SDK’s store was full.'),
  network_error: words('Network failed', 'It never reached us.'),
  send_error: words('Refused', 'The answer was an error.'),
  backpressure: words('Under load', 'The SDK sent less to spare its process.'),
  ignored: words('Ignored', 'A rule of the SDK’s configuration.'),
};

const BY_OUTCOME: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  filtered: FILTERED,
  rate_limited: LIMITED,
  invalid: INVALID,
  client_discard: DISCARDED,
};

/** What to say of a reason; reasons that nobody knows are said as they are. */
export function wordsOf({ outcome, reason }: Pick<Tally, 'outcome' | 'reason'>): Words {
  const known = BY_OUTCOME[outcome];
  if (known !== undefined && Object.hasOwn(known, reason)) return known[reason] ?? words(reason);
  if (outcome === 'rate_limited')
    return words(`Limited: ${reason}`, 'A quota of yours. SDKs are told to wait.');
  if (reason.startsWith('too_large')) return words('Too large', 'Over the size that is taken.');
  return words(reason === '' ? outcome : reason.replaceAll(/[_-]/g, ' '));
}

import type { EnvelopeItem } from '@culprit/protocol';
import { type CrashParts, crashEventOf } from '../crash/crash-event.ts';
import type { FormField } from '../crash/form-fields.ts';
import { attachmentTypeOf, type SortedItems } from './sort-items.ts';

const DESCRIPTIONS: ReadonlySet<string> = new Set(['event.payload', 'event.breadcrumbs']);

/**
 * A minidump without an event makes one; files in which a native SDK describes its event go into it and are no attachments then.
 *
 * @param fields of the form that the minidump came in.
 */
export function withEventOfCrash(sorted: SortedItems, fields: readonly FormField[] = []): SortedItems {
  const { event, crashReport, attachments } = sorted;
  if (event !== undefined || (crashReport === undefined && sorted.attachments.length === 0)) return sorted;
  const payloads = ofType(attachments, 'event.payload');
  if (crashReport === undefined && payloads.length === 0) return sorted;
  const isAppleReport =
    crashReport !== undefined && attachmentTypeOf(crashReport) === 'event.applecrashreport';
  const payload = crashPayloadOf({
    kind: isAppleReport ? 'applecrashreport' : 'minidump',
    dump: crashReport?.payload,
    event: payloads[0],
    breadcrumbs: ofType(attachments, 'event.breadcrumbs').slice(0, 2),
    fields,
  });
  return {
    ...sorted,
    event: { itemType: 'minidump', category: 'error', payload },
    attachments: attachments.filter((item) => !DESCRIPTIONS.has(attachmentTypeOf(item))),
  };
}

function crashPayloadOf(parts: CrashParts): Buffer {
  try {
    return Buffer.from(JSON.stringify(crashEventOf(parts)));
  } catch {
    // What was said is nested too deeply to be written again: the dump counts.
    const dumpOnly = { kind: parts.kind, dump: parts.dump, breadcrumbs: [], fields: [] };
    return Buffer.from(JSON.stringify(crashEventOf(dumpOnly)));
  }
}

function ofType(items: readonly EnvelopeItem[], type: string): readonly Uint8Array[] {
  return items.filter((item) => attachmentTypeOf(item) === type).map(({ payload }) => payload);
}

import { drop, ok, type StageResult } from '@culprit/pipeline';
import { type Json, parseEventId } from '@culprit/protocol';
import type { DecodedItem, ReadUserReport } from './types.ts';

const MOST_NAME = 128;
const MOST_EMAIL = 75;
const MOST_COMMENTS = 4_096;
/** Somebody may send the form without a word. */
const NO_COMMENTS = 'No message';
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,74}$/;

/** What a user told about an event. Whether it still may be told is decided in the plan, where the event can be looked at. */
export function readUserReport({ header, json, offset }: DecodedItem): StageResult<ReadUserReport> {
  const eventId = parseEventId(json.event_id ?? header.event_id);
  if (eventId === undefined) return drop('invalid', 'payload');
  const email = textOf(json.email);
  if (email !== '' && (email.length > MOST_EMAIL || !EMAIL.test(email))) return drop('invalid', 'payload');
  return ok({
    offset,
    header,
    eventId,
    name: textOf(json.name).slice(0, MOST_NAME),
    email,
    comments: textOf(json.comments).slice(0, MOST_COMMENTS) || NO_COMMENTS,
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

import type { Attachment, UserReport } from '@culprit/api';
import { EVENT } from './event.ts';
import { ago } from './moments.ts';

const MINUTE = 60_000;
const { eventID } = EVENT;

/** What one who ran into the story's issue said. */
export const REPORTS: readonly UserReport[] = [
  {
    id: eventID,
    eventID,
    name: 'Elena Marsh',
    email: 'elena@marsh.example',
    comments: 'I pressed pay and the page went <white>.',
    dateCreated: ago(2 * MINUTE),
    event: { id: eventID, eventID },
  },
];

/** More than a page shows at once. */
export const MANY_REPORTS: readonly UserReport[] = Array.from({ length: 7 }, (_, i) => {
  const id = `${i}`.padStart(32, 'e');
  const event = { id, eventID: id };
  return {
    ...event,
    name: '',
    email: '',
    comments: `It broke, says ${i + 1}.`,
    dateCreated: ago(i * MINUTE),
    event,
  };
});

export const ATTACHMENTS: readonly Attachment[] = [
  {
    id: '1',
    event_id: eventID,
    name: 'checkout.log',
    size: 4_812,
    mimetype: 'text/plain',
    sha1: 'a'.repeat(40),
    type: 'event.attachment',
    headers: { 'Content-Type': 'text/plain' },
    dateCreated: ago(2 * MINUTE),
  },
];

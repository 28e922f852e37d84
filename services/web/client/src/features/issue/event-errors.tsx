import type { EventDetail } from '@culprit/api';
import { counted } from '../../format/numbers.ts';
import { Note } from '../../ui/note.tsx';
import { valueText } from './value-text.ts';

/** What was wrong with the event itself: values dropped or repaired on the way. */
export function EventErrors({ errors }: { errors: EventDetail['errors'] }) {
  if (errors.length === 0) return null;
  return (
    <div className="notes">
      <Note>
        <details>
          <summary>
            <b>
              {counted(errors.length, 'value of this event was', 'values of this event were')} not as expected
            </b>{' '}
            <span className="q">and dropped or repaired.</span>
          </summary>
          <ul className="plain">
            {errors.map((error, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they have no names and never move.
              <li key={i}>
                <bdi>{error.message}</bdi>{' '}
                <span className="mono q">
                  <bdi>{Object.keys(error.data).length === 0 ? error.type : valueText(error.data)}</bdi>
                </span>
              </li>
            ))}
          </ul>
        </details>
      </Note>
    </div>
  );
}

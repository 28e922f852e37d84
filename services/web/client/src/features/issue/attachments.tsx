import { useQuery } from '@tanstack/react-query';
import { attachmentDownload, attachmentsQuery } from '../../api/report-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatBytes } from '../../format/numbers.ts';
import { FailureNote } from '../../ui/note.tsx';

/** Files that came with the event, before it or after it; nothing where there are none. */
export function Attachments({ org, project, event }: { org: string; project: string; event: string }) {
  const { api } = useApp();
  const { data, error, refetch } = useQuery(attachmentsQuery(api, org, project, event));
  if (error !== null && data === undefined) {
    return <FailureNote what="The attachments" error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined || data.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-files">
      <header>
        <h2 id="h-files">Attachments</h2>
        <span className="n">of this event</span>
      </header>
      <ul className="plain">
        {data.map(({ id, name, size, mimetype }) => (
          <li key={id} className="wrap">
            <a href={attachmentDownload(org, project, event, id)} download>
              <bdi>{name}</bdi>
            </a>{' '}
            <span className="q small">
              {formatBytes(size)}, <bdi>{mimetype}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

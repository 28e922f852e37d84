import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { nothingSchema } from '../../api/request.ts';
import { projectPath } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { linesOf, reasonFor, SelectField, SettingsForm, TextArea, TextField, textOf } from './fields.tsx';
import { type SettingsProps, useProjectChange } from './project-change.ts';

const FIELDS = ['name', 'slug', 'platform', 'eventRetention', 'allowedDomains', 'storeCrashReports'];

/** An empty field: what the installation says. */
function daysOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

function crashChoices(kept: number): readonly (readonly [string, string])[] {
  const choices = [
    ['-1', 'Keep them'],
    ['0', 'Keep none'],
  ] as const;
  return kept > 0
    ? [...choices, [String(kept), `Keep them (${kept} of each issue is read as all)`]]
    : choices;
}

function DeleteProject({ org, project }: SettingsProps) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isAsked, setAsked] = useState(false);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => api.request(nothingSchema, projectPath(org, project.id), { method: 'DELETE' }),
    onSuccess: async () => {
      toasts.say(`Deleted ${project.slug}`);
      await navigate({ to: '/organizations/$org/issues', params: { org }, search: { project: undefined } });
      await queryClient.invalidateQueries();
    },
  });
  return (
    <section className="sec" aria-labelledby="h-delete">
      <header>
        <h2 id="h-delete">Delete this project</h2>
      </header>
      <p className="q">
        Its issues, events and keys go, and cannot be brought back. Its keys are refused at once.
      </p>
      <p className="under">
        <button className="btn" type="button" onClick={() => setAsked(true)}>
          Delete {project.slug}…
        </button>
      </p>
      <Confirm
        title={`Delete ${project.slug}`}
        verb={`Delete ${project.slug} for ever`}
        phrase={project.slug}
        isOpen={isAsked}
        isPending={isPending}
        error={error}
        onOpenChange={setAsked}
        onConfirm={() => mutate()}
      >
        <p>
          All of its issues, events, attachments, keys and settings go. What SDKs still send with its keys is
          refused.
        </p>
      </Confirm>
    </section>
  );
}

/** What the project is called, who may send to it, and how long its events are kept. */
export function General(props: SettingsProps) {
  const { project, isReadOnly } = props;
  const { change, isPending, error } = useProjectChange(props);
  return (
    <>
      <SettingsForm
        label="General"
        isReadOnly={isReadOnly}
        isPending={isPending}
        error={error}
        known={FIELDS}
        onSave={(values, done) =>
          change(
            {
              name: textOf(values, 'name'),
              slug: textOf(values, 'slug').trim(),
              platform: textOf(values, 'platform').trim() || null,
              eventRetention: daysOf(textOf(values, 'eventRetention')),
              allowedDomains: linesOf(values, 'allowedDomains'),
              storeCrashReports: Number(textOf(values, 'storeCrashReports')),
            },
            done,
          )
        }
      >
        <div className="setting-pair">
          <TextField
            label="Name"
            name="name"
            required
            defaultValue={project.name}
            reason={reasonFor(error, 'name')}
          />
          <TextField
            label="Slug"
            name="slug"
            required
            defaultValue={project.slug}
            reason={reasonFor(error, 'slug')}
            hint="In addresses and in the ids of issues. The old one goes on leading here."
          />
        </div>
        <div className="setting-pair">
          <TextField
            label="Platform"
            name="platform"
            defaultValue={project.platform ?? ''}
            reason={reasonFor(error, 'platform')}
            hint="Chooses what the set up page shows first."
          />
          <TextField
            label="Keep events for"
            name="eventRetention"
            type="number"
            min={0}
            max={36_500}
            step={1}
            unit="days"
            placeholder="As the installation says"
            defaultValue={project.eventRetention ?? ''}
            reason={reasonFor(error, 'eventRetention')}
            hint="0 keeps them for ever. One event of each issue and all counts stay in any case."
          />
        </div>
        <TextArea
          label="Allowed domains"
          name="allowedDomains"
          defaultValue={project.allowedDomains.join('\n')}
          reason={reasonFor(error, 'allowedDomains')}
          hint={
            <>
              Whose pages may send, one a line: <span className="mono">shop.example</span>,{' '}
              <span className="mono">*.shop.example</span>, <span className="mono">https://shop.example</span>
              , or <span className="mono">*</span> for all. Servers and apps send no origin and may always.
            </>
          }
        />
        <SelectField
          label="Crash reports"
          name="storeCrashReports"
          defaultValue={String(project.storeCrashReports)}
          choices={crashChoices(project.storeCrashReports)}
          reason={reasonFor(error, 'storeCrashReports')}
          hint="Minidumps hold the memory of a process: also what no rule of scrubbing finds."
        />
      </SettingsForm>
      {!isReadOnly && <DeleteProject {...props} />}
    </>
  );
}

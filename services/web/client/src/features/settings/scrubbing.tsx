import type { ProjectUpdate } from '@culprit/api';
import { useState } from 'react';
import { linesOf, reasonFor, SettingsForm, SwitchRow, TextArea, textOf } from './fields.tsx';
import { type SettingsProps, useProjectChange, useProjectSwitch } from './project-change.ts';
import { type ScrubbingDraft, TryRules } from './try-rules.tsx';

const FIELDS = ['sensitiveFields', 'safeFields', 'relayPiiConfig'];

const SWITCHES: readonly (readonly [
  field: 'dataScrubber' | 'dataScrubberDefaults' | 'scrubIPAddresses',
  name: string,
  description: string,
])[] = [
  [
    'dataScrubber',
    'Scrub events',
    'Before anything is stored. Off: only addresses and advanced rules still apply.',
  ],
  [
    'dataScrubberDefaults',
    'The usual secrets',
    'Passwords, tokens, card numbers, private keys, social security numbers and names in paths.',
  ],
  ['scrubIPAddresses', 'Addresses', 'The IP address of the person, and addresses inside of texts.'],
];

function rulesOf(values: FormData) {
  return {
    sensitiveFields: linesOf(values, 'sensitiveFields'),
    safeFields: linesOf(values, 'safeFields'),
    relayPiiConfig: textOf(values, 'relayPiiConfig'),
  };
}

/** What is taken out of events before they are stored. */
export function Scrubbing(props: SettingsProps) {
  const { project, isReadOnly } = props;
  const turn = useProjectSwitch(props);
  const { change, isPending, error } = useProjectChange(props);
  const [draft, setDraft] = useState<ScrubbingDraft>(project);
  const set = (field: keyof ProjectUpdate, name: string, isOn: boolean): void =>
    turn({ [field]: isOn }, `${name}: ${isOn ? 'on' : 'off'}`, { [field]: !isOn });
  return (
    <>
      <p className="find">
        {project.dataScrubber ? (
          <>
            Secrets are taken out <b>before an event is stored</b>. What was stored before a change stays as
            it is.
          </>
        ) : (
          <b>Events are stored as they are sent.</b>
        )}
      </p>
      <section className="sec" aria-label="What is taken out">
        <ul className="switches">
          {SWITCHES.map(([field, name, description]) => (
            <li key={field}>
              <SwitchRow
                label={name}
                description={description}
                isOn={project[field]}
                isDisabled={isReadOnly}
                onChange={(isOn) => set(field, name, isOn)}
              />
            </li>
          ))}
        </ul>
      </section>
      <section className="sec" aria-labelledby="h-own-rules">
        <header>
          <h2 id="h-own-rules">Your own rules</h2>
        </header>
        <SettingsForm
          label="Scrubbing rules"
          isReadOnly={isReadOnly}
          isPending={isPending}
          error={error}
          known={FIELDS}
          onDraft={(values) => setDraft(rulesOf(values))}
          onSave={(values, done) => change(rulesOf(values), done)}
        >
          <div className="setting-pair">
            <TextArea
              label="Also take out"
              name="sensitiveFields"
              defaultValue={project.sensitiveFields.join('\n')}
              reason={reasonFor(error, 'sensitiveFields')}
              hint="Parts of names of fields, one a line. Upper and lower case are the same."
            />
            <TextArea
              label="Always leave in"
              name="safeFields"
              defaultValue={project.safeFields.join('\n')}
              reason={reasonFor(error, 'safeFields')}
              hint="Names of fields, one a line, such as author, which holds “auth”."
            />
          </div>
          <TextArea
            label="Advanced rules"
            name="relayPiiConfig"
            rows={5}
            defaultValue={project.relayPiiConfig}
            reason={reasonFor(error, 'relayPiiConfig')}
            hint={
              <>
                JSON, as in Sentry: <code>{'{"rules": {…}, "applications": {"$string": ["@email"]}}'}</code>
              </>
            }
          />
        </SettingsForm>
      </section>
      <TryRules {...props} draft={draft} />
    </>
  );
}

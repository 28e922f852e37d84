import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { Note } from '../../ui/note.tsx';

/** What the server says about a field; undefined: nothing. `name` may begin its name, as of an entry of a list. */
export function reasonFor(error: Error | null, name: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const reasons = Object.entries(error.fields)
    .filter(([field]) => field === name || field.startsWith(`${name}.`))
    .flatMap(([, given]) => given);
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode | undefined;
  /** Why it was refused. */
  readonly reason?: string | undefined;
}

function Labelled({
  label,
  hint,
  reason,
  children,
}: FieldProps & { children: (ids: { id: string; describedBy: string | undefined }) => ReactNode }) {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  const reasonId = reason === undefined ? undefined : `${id}-reason`;
  return (
    <div className="setting">
      <label htmlFor={id}>{label}</label>
      {children({ id, describedBy: [reasonId, hintId].filter(Boolean).join(' ') || undefined })}
      {reason !== undefined && (
        <p className="refused" id={reasonId} role="alert">
          {reason}
        </p>
      )}
      {hint !== undefined && (
        <p className="hint qq small" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  reason,
  unit,
  ...input
}: FieldProps & { unit?: string } & ComponentProps<'input'>) {
  return (
    <Labelled label={label} hint={hint} reason={reason}>
      {({ id, describedBy }) => (
        <span className="field">
          <input
            id={id}
            aria-describedby={describedBy}
            aria-invalid={reason !== undefined}
            autoComplete="off"
            spellCheck={false}
            {...input}
          />
          {unit !== undefined && <span className="qq">{unit}</span>}
        </span>
      )}
    </Labelled>
  );
}

export function TextArea({ label, hint, reason, ...area }: FieldProps & ComponentProps<'textarea'>) {
  return (
    <Labelled label={label} hint={hint} reason={reason}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          className="area mono"
          aria-describedby={describedBy}
          aria-invalid={reason !== undefined}
          spellCheck={false}
          rows={3}
          {...area}
        />
      )}
    </Labelled>
  );
}

export function SelectField({
  label,
  hint,
  reason,
  choices,
  ...select
}: FieldProps & { choices: readonly (readonly [value: string, word: string])[] } & ComponentProps<'select'>) {
  return (
    <Labelled label={label} hint={hint} reason={reason}>
      {({ id, describedBy }) => (
        // Made anew when another default was saved: what is taken back is the default that a select was made with.
        <select
          key={String(select.defaultValue)}
          id={id}
          className="pick"
          aria-describedby={describedBy}
          aria-invalid={reason !== undefined}
          {...select}
        >
          {choices.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** Something that is on or off, and changes at once. */
export function SwitchRow({
  label,
  description,
  isOn,
  isDisabled = false,
  onChange,
  end,
}: {
  label: string;
  description: ReactNode;
  isOn: boolean;
  isDisabled?: boolean;
  onChange: (isOn: boolean) => void;
  /** At the end of the row, such as a count. */
  end?: ReactNode;
}) {
  const id = useId();
  return (
    <div className="switch-row">
      <input
        id={id}
        className="switch"
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        disabled={isDisabled}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label className="mid" htmlFor={id}>
          {label}
        </label>
        <p className="q small" id={`${id}-hint`}>
          {description}
        </p>
      </div>
      {end !== undefined && <div className="num">{end}</div>}
    </div>
  );
}

/** Fields that are saved together. What was refused stands at its field, or here. */
export function SettingsForm({
  label,
  isReadOnly,
  isPending,
  error,
  known,
  onSave,
  onDraft,
  children,
}: {
  label: string;
  isReadOnly: boolean;
  isPending: boolean;
  error: Error | null;
  /** Names of the fields that show their own refusal. */
  known: readonly string[];
  /** `done` when it is saved. */
  onSave: (values: FormData, done: () => void) => void;
  /** What stands in the fields whenever somebody wrote into one. */
  onDraft?: (values: FormData) => void;
  children: ReactNode;
}) {
  const [isDirty, setDirty] = useState(false);
  const isShown = error !== null && known.every((name) => reasonFor(error, name) === undefined);
  return (
    <form
      className="settings-form"
      aria-label={label}
      onInput={(event) => {
        setDirty(true);
        onDraft?.(new FormData(event.currentTarget));
      }}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(new FormData(event.currentTarget), () => setDirty(false));
      }}
    >
      <fieldset disabled={isReadOnly}>
        {children}
        {isShown && (
          <Note tone="suspect" role="alert">
            <p>{error.message}</p>
          </Note>
        )}
        {!isReadOnly && (
          <div className="flex">
            <button className="btn main" type="submit" disabled={!isDirty || isPending}>
              {isPending ? 'Saving' : 'Save'}
            </button>
            {isDirty && (
              <button
                className="btn bare"
                type="button"
                onClick={({ currentTarget: { form } }) => {
                  form?.reset();
                  setDirty(false);
                  if (form !== null) onDraft?.(new FormData(form));
                }}
              >
                Take back
              </button>
            )}
          </div>
        )}
      </fieldset>
    </form>
  );
}

/** One entry a line. */
export function linesOf(values: FormData, name: string): string[] {
  return textOf(values, name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export function textOf(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value : '';
}

import { type KeyboardEvent, useId, useState } from 'react';
import { Icon } from '../../ui/icon.tsx';
import { type Completion, completed, completionsOf, termsOf, tokenOf } from './search-terms.ts';

function Token({ term, isMarked, onRemove }: { term: string; isMarked: boolean; onRemove: () => void }) {
  const [key = '', value = ''] = tokenOf(term) ?? [];
  return (
    <button className={`tok${isMarked ? ' bad' : ''}`} type="button" onClick={onRemove} title="Remove">
      <i>{key}:</i>
      <bdi>{value}</bdi>
      <span className="vh">, remove</span>
    </button>
  );
}

function Completions({
  id,
  all,
  active,
  onPick,
}: {
  id: string;
  all: readonly Completion[];
  active: number | undefined;
  onPick: (completion: Completion) => void;
}) {
  return (
    <div className="pop completions" role="listbox" id={id} aria-label="Filters">
      {all.map((completion, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's.
        <div
          key={completion.text}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          className={`opt${i === active ? ' on' : ''}`}
          tabIndex={-1}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(completion)}
        >
          <span className="mono">{completion.text}</span>
          <span className="qq small push">{completion.says}</span>
        </div>
      ))}
    </div>
  );
}

/** Tokens and a draft. Enter searches; ⌫ in an empty draft marks the last token, once more removes it. */
export function IssueSearch({
  query,
  refusal,
  onSearch,
}: {
  query: string;
  /** Why the server did not search. */
  refusal: string | undefined;
  onSearch: (query: string) => void;
}) {
  const terms = termsOf(query);
  const tokens = terms.filter((term) => tokenOf(term) !== undefined);
  const words = terms.filter((term) => tokenOf(term) === undefined).join(' ');
  const [draft, setDraft] = useState(words);
  const [shownFor, setShownFor] = useState(query);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState<number>();
  const [isMarked, setMarked] = useState(false);
  const id = useId();
  if (shownFor !== query) {
    setShownFor(query);
    setDraft(words);
  }
  const completions = isOpen ? completionsOf(draft) : [];
  const submit = (all: readonly string[], text: string): void => {
    setOpen(false);
    setActive(undefined);
    setMarked(false);
    onSearch([...all, ...termsOf(text)].join(' '));
  };
  const pick = (completion: Completion): void => {
    const text = completed(draft, completion);
    setActive(undefined);
    if (completion.text.endsWith(':')) setDraft(text);
    else submit(tokens, text);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    const chosen = active === undefined ? undefined : completions[active];
    setMarked(false);
    if (event.key === 'Enter') {
      if (chosen === undefined) submit(tokens, draft);
      else pick(chosen);
    } else if (event.key === 'Escape') {
      if (completions.length > 0) setOpen(false);
      else event.currentTarget.blur();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const all = completionsOf(draft).length;
      if (all > 0) setActive(active === undefined ? (step > 0 ? 0 : all - 1) : (active + step + all) % all);
    } else if (event.key === 'Backspace' && draft === '' && tokens.length > 0) {
      if (isMarked) submit(tokens.slice(0, -1), '');
      else setMarked(true);
    }
  };
  return (
    <>
      <search className="field">
        <Icon name="search" small />
        {tokens.map((term, i) => (
          <Token
            key={term}
            term={term}
            isMarked={isMarked && i === tokens.length - 1}
            onRemove={() =>
              submit(
                tokens.filter((_, other) => other !== i),
                draft,
              )
            }
          />
        ))}
        <input
          type="text"
          role="combobox"
          aria-label="Search issues"
          aria-expanded={completions.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={active === undefined ? undefined : `${id}-${active}`}
          aria-invalid={refusal !== undefined}
          aria-describedby={refusal === undefined ? undefined : `${id}-why`}
          placeholder="Words of the title, or release: user.email: environment:"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={draft}
          onChange={(event) => {
            setDraft(event.currentTarget.value);
            setOpen(true);
            setActive(undefined);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={press}
        />
        <kbd>/</kbd>
        {completions.length > 0 && <Completions id={id} all={completions} active={active} onPick={pick} />}
      </search>
      {refusal !== undefined && (
        <p className="small hint" id={`${id}-why`} role="alert">
          Nothing was searched: {refusal}.
        </p>
      )}
    </>
  );
}

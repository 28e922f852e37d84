import { scrubbedEventSchema } from '@culprit/api';
import { useMutation } from '@tanstack/react-query';
import { Fragment, useId, useState } from 'react';
import { projectPath } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Note } from '../../ui/note.tsx';
import { TonedLine } from '../../ui/toned-line.tsx';
import type { SettingsProps } from './project-change.ts';
import { type Redaction, redactionsOf, withoutAdditions } from './redactions.ts';

const SAMPLE = {
  user: { id: '4711', email: 'ada@shop.example', ip_address: '203.0.113.7' },
  request: {
    url: 'https://shop.example/pay',
    headers: { Authorization: 'Bearer 4f2c', Accept: 'text/html' },
  },
  extra: { password: 'hunter2', author: 'Ada', card: '4111 1111 1111 1111', order: 90210 },
};

/** Rules that stand in the fields, saved or not. */
export interface ScrubbingDraft {
  readonly sensitiveFields: readonly string[];
  readonly safeFields: readonly string[];
  readonly relayPiiConfig: string;
}

/** Says what is wrong with the text of an event. */
class NotAnEvent extends Error {}

function eventOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAnEvent('The event is not JSON.');
  }
}

function Tried({ shown, redactions }: { shown: object; redactions: readonly Redaction[] }) {
  return (
    <>
      <CodeBlock className="snip wrapped" name="What is stored">
        {JSON.stringify(shown, null, 2)
          .split('\n')
          .map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one answer never move.
            <Fragment key={i}>
              {i > 0 && '\n'}
              <TonedLine text={line} />
            </Fragment>
          ))}
      </CodeBlock>
      {redactions.length === 0 ? (
        <p className="q">Nothing was taken out.</p>
      ) : (
        <ul className="redactions small">
          {redactions.map(({ path, rules }) => (
            <li key={path}>
              <bdi className="mono wrap">{path}</bdi> <span className="qq">by {rules.join(', ')}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Shows what would be stored of an event. Nothing is. */
export function TryRules({ org, project, draft }: SettingsProps & { draft: ScrubbingDraft }) {
  const { api } = useApp();
  const id = useId();
  const [text, setText] = useState(() => JSON.stringify(SAMPLE, null, 2));
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () => {
      const event = eventOf(text);
      const { dataScrubber, dataScrubberDefaults, scrubIPAddresses } = project;
      const { event: stored } = await api.request(
        scrubbedEventSchema,
        `${projectPath(org, project.id)}scrubbing/try/`,
        {
          method: 'POST',
          body: {
            event,
            settings: {
              dataScrubber,
              dataScrubberDefaults,
              scrubIPAddresses,
              sensitiveFields: draft.sensitiveFields,
              safeFields: draft.safeFields,
              relayPiiConfig: draft.relayPiiConfig,
            },
          },
        },
      );
      return { shown: withoutAdditions(stored, event), redactions: redactionsOf(stored) };
    },
  });
  return (
    <section className="sec" aria-labelledby="h-try">
      <header>
        <h2 id="h-try">Try it</h2>
        <span className="n">with what stands above, saved or not; nothing is stored</span>
      </header>
      <form
        className="try"
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <div className="setting">
          <label htmlFor={id}>An event</label>
          <textarea
            id={id}
            className="area mono"
            rows={20}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <div className="flex under">
            <button className="btn" type="submit" disabled={isPending}>
              Show what is stored
            </button>
          </div>
        </div>
        <div className="setting">
          <span id={`${id}-result`}>What is stored</span>
          {error !== null && (
            <Note tone="suspect" role="alert">
              <p>{error.message}</p>
            </Note>
          )}
          {error === null && data === undefined && <p className="qq">Press the button to see it here.</p>}
          {data !== undefined && <Tried {...data} />}
        </div>
      </form>
    </section>
  );
}

import type { OpenApi } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { openApiQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useScope } from '../../app/scope.ts';
import { Page } from '../../shell/page.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Snippet } from '../setup/setup-page.tsx';
import {
  curlOf,
  type Field,
  fieldsOf,
  matching,
  type Operation,
  operationsByTag,
  typeOf,
} from './operations.ts';

function Fields({ caption, fields }: { caption: string; fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <table className="fields">
      <caption>{caption}</caption>
      <tbody>
        {fields.map(({ name, type, isRequired }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {isRequired && <span className="q"> required</span>}
            </th>
            <td>
              <code>{type}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function parametersOf({ facts }: Operation, place: 'path' | 'query'): readonly Field[] {
  return facts.parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, schema, required, description }) => ({
      name,
      type: description ?? typeOf(schema),
      isRequired: required && place === 'query',
    }));
}

function answersOf({ facts }: Operation): readonly Field[] {
  return Object.entries(facts.responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, { content }]) => {
      const [type, body] = Object.entries(content ?? {})[0] ?? [];
      const said = body === undefined ? 'no body' : type === 'application/json' ? typeOf(body.schema) : type;
      return { name: status, type: said ?? 'no body', isRequired: false };
    });
}

function scopesOf({ facts }: Operation): string {
  const scopes = facts.security.flatMap(({ token }) => token ?? []);
  if (facts.security.length === 0) return 'Anybody may ask.';
  if (facts.security.some(({ publicKey }) => publicKey !== undefined))
    return 'It needs the public key of a DSN.';
  return scopes.length === 0 ? 'Any token does.' : `A token needs ${scopes.join(' or ')}.`;
}

function Details({ operation, server, org }: { operation: Operation; server: string; org: string }) {
  const body = operation.facts.requestBody?.content['application/json']?.schema;
  return (
    <div className="what">
      <p className="q">
        {scopesOf(operation)} {operation.facts.description}
      </p>
      <Fields caption="In the path" fields={parametersOf(operation, 'path')} />
      <Fields caption="In the query" fields={parametersOf(operation, 'query')} />
      {body !== undefined && <Fields caption="Body" fields={fieldsOf(body)} />}
      <Fields caption="Answers" fields={answersOf(operation)} />
      <Snippet
        text={curlOf(operation, server, org)}
        label={`${operation.method} ${operation.path} with curl`}
      />
    </div>
  );
}

/** Whether the address leads to it: it stands open then, and in sight. */
function isNamed(id: string): boolean {
  return window.location.hash === `#${id}`;
}

function OperationRow({ operation, server, org }: { operation: Operation; server: string; org: string }) {
  const row = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(() => isNamed(operation.id));
  useEffect(() => {
    if (isNamed(operation.id)) row.current?.scrollIntoView();
  }, [operation.id]);
  return (
    <details
      className="operation"
      id={operation.id}
      ref={row}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <Icon name="right" small className="turn" />
        <code className="method">{operation.method}</code>
        <code className="path">{operation.path}</code>
        <span className="q">
          {operation.facts.summary}
          {operation.facts.deprecated === true && ' (older name)'}
        </span>
      </summary>
      {isOpen && <Details operation={operation} server={server} org={org} />}
    </details>
  );
}

function Schemas({ api }: { api: OpenApi }) {
  return (
    <section className="sec" aria-labelledby="h-schemas">
      <header>
        <h2 id="h-schemas">What answers are made of</h2>
      </header>
      <div className="schemas">
        {Object.entries(api.components.schemas).map(([name, schema]) => (
          <details className="operation" key={name} id={`schema-${name}`}>
            <summary>
              <Icon name="right" small className="turn" />
              <code className="path">{name}</code>
            </summary>
            <div className="what">
              {fieldsOf(schema).length === 0 ? (
                <code>{typeOf(schema)}</code>
              ) : (
                <Fields caption={name} fields={fieldsOf(schema)} />
              )}
            </div>
          </details>
        ))}
      </div>
    </section>
  );
}

/** An id has no spaces: two words would be two ids. */
function headingOf(tag: string): string {
  return `h-${tag.toLowerCase().replaceAll(' ', '-')}`;
}

function Operations({ api, org }: { api: OpenApi; org: string }) {
  const [words, setWords] = useState('');
  const server = api.servers[0]?.url ?? '';
  const found = operationsByTag(api)
    .map(([tag, operations]) => [tag, matching(operations, words)] as const)
    .filter(([, operations]) => operations.length > 0);
  return (
    <>
      <div className="reference-search">
        <search className="field">
          <Icon name="search" small />
          <input
            type="search"
            aria-label="Find an operation"
            placeholder="Find an operation"
            value={words}
            onChange={({ target }) => setWords(target.value)}
          />
        </search>
        <a className="link" href="/api/0/openapi.json">
          openapi.json
        </a>
      </div>
      {found.length === 0 && <p className="q">Nothing has these words in it.</p>}
      {found.map(([tag, operations]) => (
        <section className="sec" key={tag} aria-labelledby={headingOf(tag)}>
          <header>
            <h2 id={headingOf(tag)}>{tag}</h2>
            <span className="n">{operations.length}</span>
          </header>
          {operations.map((operation) => (
            <OperationRow key={operation.id} operation={operation} server={server} org={org} />
          ))}
        </section>
      ))}
      <Schemas api={api} />
    </>
  );
}

/** What can be asked of the server by a program, as the server itself describes it. */
export function ReferencePage() {
  const { api } = useApp();
  const { org } = useScope();
  const { data, error, refetch } = useQuery(openApiQuery(api));
  return (
    <Page title="API" trail={[['API', undefined]]}>
      <h1>API</h1>
      <p className="find">
        Paths and names are Sentry’s wherever Sentry has the thing. The first run has left a token in{' '}
        <code>first-run.json</code>; make others as described under API tokens.
      </p>
      {error !== null && <FailureNote what="The reference" error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <LoadingRows what="the reference" />}
      {data !== undefined && <Operations api={data} org={org} />}
    </Page>
  );
}

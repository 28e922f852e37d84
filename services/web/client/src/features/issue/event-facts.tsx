import type { EventDetail, EventUser } from '@culprit/api';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon } from '../../ui/icon.tsx';
import { valueText } from './value-text.ts';

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
  readonly isCode?: boolean;
}

function FactList({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="kv">
      {facts.map(({ name, value, isCode }) => (
        <div key={name} className="pair-row">
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd className={isCode === true ? 'mono' : ''}>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(record: Readonly<Record<string, unknown>> | null, isCode = false): readonly Fact[] {
  return Object.entries(record ?? {})
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => ({
      name,
      value: valueText(value, true),
      isCode: isCode || typeof value === 'object',
    }));
}

/** The strongest identifier there is, to look the person up by. */
export function identifierOf(user: EventUser | null): string | undefined {
  return user?.email ?? user?.id ?? user?.username ?? user?.ip_address ?? undefined;
}

function userFacts(user: EventUser): readonly Fact[] {
  const known: readonly (readonly [string, string | null])[] = [
    ['Email', user.email],
    ['Id', user.id],
    ['Username', user.username],
    ['Name', user.name],
    ['Address', user.ip_address],
  ];
  return [
    ...known
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({ name, value, isCode: name === 'Id' })),
    ...factsOf(user.data),
  ];
}

function UserFacts({ org, user }: { org: string; user: EventUser | null }) {
  const who = identifierOf(user);
  return (
    <section className="sec" aria-labelledby="h-user">
      <header>
        <h2 id="h-user">User</h2>
        {who !== undefined && (
          <span className="ctl">
            <Link className="btn bare" to="/organizations/$org/people" params={{ org }} search={{ who }}>
              All that hit this person
              <Icon name="right" small />
            </Link>
          </span>
        )}
      </header>
      {user === null || who === undefined ? (
        <p className="q">
          The SDK sent no user. <span className="mono">Sentry.setUser({'{ email }'})</span> tells who was hit.
        </p>
      ) : (
        <FactList facts={userFacts(user)} />
      )}
    </section>
  );
}

function pairs(name: string, values: readonly (readonly [string, string | null])[]): readonly Fact[] {
  if (values.length === 0) return [];
  return [{ name, value: values.map(([key, value]) => `${key}=${value ?? ''}`).join('\n'), isCode: true }];
}

function RequestFacts({ event }: { event: EventDetail }) {
  const request = event.entries.find((entry) => entry.type === 'request')?.data;
  if (request === undefined) return null;
  const url = `${request.method ?? ''} ${request.url ?? ''}`.trim();
  const facts: readonly Fact[] = [
    ...(url === '' ? [] : [{ name: request.method === null ? 'Page' : 'Request', value: url, isCode: true }]),
    ...pairs('Query', request.query),
    ...pairs('Headers', request.headers),
    ...pairs('Cookies', request.cookies),
    ...(request.data === null || request.data === undefined
      ? []
      : [{ name: 'Body', value: valueText(request.data, true), isCode: true }]),
    ...factsOf(request.env, true),
  ];
  return (
    <section className="sec" aria-labelledby="h-req">
      <header>
        <h2 id="h-req">Request</h2>
      </header>
      <FactList facts={facts} />
    </section>
  );
}

const CONTEXT_WORDS: Readonly<Record<string, string>> = { os: 'System', gpu: 'GPU' };

/** `{name: Firefox, version: 154.0}` is one word; whatever else a context holds stands behind it. */
function contextText(context: Readonly<Record<string, unknown>>): string {
  const { name, version, type: _, ...rest } = context;
  const known = Object.entries(rest).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  const title = [name, version].filter((part) => typeof part === 'string').join(' ');
  const others = known.map(([key, value]) => `${key} ${valueText(value, true)}`).join(', ');
  return [title, others].filter((part) => part !== '').join('\n');
}

function ContextFacts({ contexts }: { contexts: EventDetail['contexts'] }) {
  const facts = Object.entries(contexts)
    .map(([name, context]) => ({
      name: CONTEXT_WORDS[name] ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`,
      value: contextText(context),
    }))
    .filter(({ value }) => value !== '');
  if (facts.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-ctx">
      <header>
        <h2 id="h-ctx">Contexts</h2>
      </header>
      <FactList facts={facts} />
    </section>
  );
}

function ExtraFacts({ extra }: { extra: EventDetail['context'] }) {
  const facts = factsOf(extra, true);
  if (facts.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-extra">
      <header>
        <h2 id="h-extra">Extra</h2>
      </header>
      <FactList facts={facts} />
    </section>
  );
}

/** Whom it hit, on which request, and around it. */
export function EventFacts({ org, event }: { org: string; event: EventDetail }) {
  return (
    <div className="halves">
      <UserFacts org={org} user={event.user} />
      <RequestFacts event={event} />
      <ContextFacts contexts={event.contexts} />
      <ExtraFacts extra={event.context} />
    </div>
  );
}

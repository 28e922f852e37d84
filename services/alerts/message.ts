import { shortIdOf } from '@culprit/protocol';
import type { OutboxFact } from './store/outbox.ts';

/** What goes out, the same for every channel. */
export interface Message {
  /** Stable for the same facts: receivers drop repeats by it. */
  readonly key: string;
  readonly subject: string;
  readonly body: MessageBody;
}

export interface MessageBody {
  readonly format: 1;
  readonly kind: 'issues';
  readonly id: string;
  /** One sentence that says it all. */
  readonly text: string;
  readonly organization: string;
  readonly projects: readonly string[];
  readonly deploy: {
    readonly number: number;
    readonly environment: string;
    readonly version: string;
  } | null;
  readonly release: string | null;
  /** Different people hit by these issues since they began. */
  readonly people: number;
  readonly issues: readonly MessageIssue[];
  readonly url: string;
}

export interface MessageIssue {
  readonly id: string;
  readonly shortId: string;
  readonly title: string;
  readonly culprit: string;
  readonly project: string;
  readonly isNew: boolean;
  readonly events: number;
  readonly people: number;
  readonly url: string;
}

const MOST_ISSUES = 25;

/** The message about facts of one group: one deploy, else one release in one project, else one project. */
export function messageOf(facts: readonly OutboxFact[], people: number, publicUrl: string): Message {
  const [first] = facts;
  const last = facts.at(-1);
  if (first === undefined || last === undefined) throw new Error('a message needs a fact');
  const text = sentenceOf(facts, people);
  const key = `${groupKeyOf(first)}:${first.id}-${last.id}`;
  return {
    key,
    subject: text.charAt(0).toUpperCase() + text.slice(1),
    body: {
      format: 1,
      kind: 'issues',
      id: key,
      text,
      organization: first.organization_slug,
      projects: [...new Set(facts.map((fact) => fact.project_slug))],
      deploy: deployOf(first),
      release: first.release_version,
      people,
      issues: facts.slice(0, MOST_ISSUES).map((fact) => issueOf(fact, publicUrl)),
      url: pageOfIssues(first, publicUrl),
    },
  };
}

/** What is told together. */
export function groupKeyOf(fact: OutboxFact): string {
  if (fact.deploy_id !== null) return `deploy-${fact.deploy_id}`;
  const project = `project-${fact.project_id}`;
  return fact.release_version === null ? project : `${project}:release-${fact.release_version}`;
}

/** "deploy #2 to production brought 2 new issues, 5 people hit". */
export function sentenceOf(facts: readonly OutboxFact[], people: number): string {
  const [first] = facts;
  const fresh = facts.filter((fact) => fact.kind === 'issue.new').length;
  const back = facts.length - fresh;
  const what = [
    ...(fresh > 0 ? [countOf(fresh, 'new issue', 'new issues')] : []),
    ...(back > 0 ? [countOf(back, 'resolved issue came back', 'resolved issues came back')] : []),
  ];
  const hit = `${countOf(people, 'person', 'people')} hit`;
  if (first?.deploy_number != null && back === 0) {
    return `deploy #${first.deploy_number} to ${first.deploy_environment} brought ${what.join('')}, ${hit}`;
  }
  const where =
    first?.deploy_number != null
      ? `after deploy #${first.deploy_number} to ${first.deploy_environment}`
      : `in ${placeOf(first)}`;
  return `${what.join(', ')} ${where}, ${hit}`;
}

function placeOf(fact: OutboxFact | undefined): string {
  if (fact === undefined) return '';
  return fact.release_version === null ? fact.project_slug : `${fact.project_slug} ${fact.release_version}`;
}

function countOf(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function deployOf(fact: OutboxFact): MessageBody['deploy'] {
  if (fact.deploy_number === null) return null;
  return {
    number: Number(fact.deploy_number),
    environment: fact.deploy_environment ?? '',
    version: fact.deploy_version ?? '',
  };
}

function issueOf(fact: OutboxFact, publicUrl: string): MessageIssue {
  return {
    id: fact.issue_id,
    shortId: shortIdOf(fact.project_slug, fact.short_id),
    title: fact.title,
    culprit: fact.culprit,
    project: fact.project_slug,
    isNew: fact.kind === 'issue.new',
    events: Number(fact.times_seen),
    people: Number(fact.users_seen),
    url: `${pageOfIssues(fact, publicUrl)}/${fact.issue_id}`,
  };
}

/** Where the pages list the issues of an organization. */
function pageOfIssues(fact: OutboxFact, publicUrl: string): string {
  return `${publicUrl}/organizations/${fact.organization_slug}/issues`;
}

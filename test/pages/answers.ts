import { errorSchema, type Issue, type IssueStatus, type Role } from '@culprit/api';
import type { z } from 'zod';
import type { SettingsStory } from './harbor/settings.ts';

/** What a test may change of the story. */
export interface Story {
  isLoggedIn: boolean;
  /** Of the account in the organization. */
  role: Role;
  /** Issues of the list besides the story's. */
  more: readonly Issue[];
  /** Issues that came after the page was drawn. */
  arrivals: readonly Issue[];
  readonly status: Map<string, IssueStatus>;
  /** Every request to the API but GETs, as `PUT /path?query body`. */
  readonly changes: string[];
  /** How often dead letters were wanted replayed. */
  replays: number;
  /** Of the project `web`. */
  readonly settings: SettingsStory;
}

export interface Ask {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly story: Story;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handle = (ask: Ask, ...parts: string[]) => Answer;
export type FixtureRoute = readonly [method: string, path: RegExp, handle: Handle];

export const NOTHING: Answer = { status: 204, body: undefined };

/** An answer that the schema of the API allows: a story that drifts from it fails here. */
export function answer<Schema extends z.ZodType>(
  schema: Schema,
  body: z.input<Schema>,
  status = 200,
): Answer {
  return { status, body: schema.parse(body) };
}

export const refuse = (status: number, detail: string): Answer => answer(errorSchema, { detail }, status);

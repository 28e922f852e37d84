import { errorSchema, fieldErrorsSchema } from '@culprit/api';
import { z } from 'zod';
import type { Connection } from '../app/connection.ts';
import { ApiError } from './api-error.ts';
import { nextCursorOf } from './link-header.ts';

export type QueryValue = string | number | undefined | readonly string[];

export interface RequestOptions {
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly signal?: AbortSignal;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
}

export interface Page<Item> {
  readonly items: Item;
  readonly nextCursor: string | undefined;
}

/** The HTTP API: answers are parsed, refusals are `ApiError`s. */
export interface Api {
  request<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    options?: RequestOptions,
  ): Promise<z.output<Schema>>;
  /** With the cursor that the `Link` header names. */
  page<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    options?: RequestOptions,
  ): Promise<Page<z.output<Schema>>>;
}

/** For answers that say nothing (204). */
export const nothingSchema = z.unknown();

function urlOf(path: string, query: RequestOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [String(value)]) search.append(name, one);
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusalOf(response: Response, body: unknown): ApiError {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const detail = errorSchema.safeParse(body);
  if (detail.success) return new ApiError(detail.data.detail, { status: response.status, requestId });
  const fields = fieldErrorsSchema.safeParse(body);
  if (fields.success) {
    const message = Object.entries(fields.data)
      .map(([field, reasons]) => `${field} ${reasons.join(', ')}`)
      .join('; ');
    return new ApiError(message, { status: response.status, fields: fields.data, requestId });
  }
  return new ApiError(`The server answered ${response.status}.`, { status: response.status, requestId });
}

/** Paths are `/api/0/…`, relative to where the pages come from. */
export function createApi({ connection }: { readonly connection: Connection }): Api {
  async function send(
    path: string,
    { query, signal, method = 'GET', body }: RequestOptions,
  ): Promise<Response> {
    try {
      const response = await fetch(urlOf(path, query), {
        method,
        signal: signal ?? null,
        credentials: 'same-origin',
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      connection.answered();
      return response;
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      connection.failed();
      throw new ApiError('No connection to the server.', { status: 0, cause });
    }
  }

  async function page<Schema extends z.ZodType>(schema: Schema, path: string, options: RequestOptions = {}) {
    const response = await send(path, options);
    const body = await bodyOf(response);
    if (!response.ok) throw refusalOf(response, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      throw new ApiError('The server answered something that this page does not understand. Reload it.', {
        status: response.status,
        requestId: response.headers.get('x-request-id') ?? undefined,
        cause: parsed.error,
      });
    }
    return { items: parsed.data, nextCursor: nextCursorOf(response.headers.get('link')) };
  }

  return {
    page,
    request: async (schema, path, options) => (await page(schema, path, options)).items,
  };
}

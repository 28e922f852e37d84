import type { FastifyReply, FastifyRequest } from 'fastify';
import { badField } from './refusal.ts';

/** `<key>:<id>:0`, the form that clients know; what the numbers mean differs per list. */
export interface Cursor {
  readonly key: string;
  readonly id: string;
}

const CURSOR = /^([0-9]{1,18}):([0-9]{1,18}):[01]$/;

/** Empty and absent are the first page. @throws Refusal 400 */
export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined || text === '') return undefined;
  const [, key, id] = CURSOR.exec(text) ?? [];
  if (key === undefined || id === undefined) throw badField('cursor', 'is not one of this list');
  return key === '0' && id === '0' ? undefined : { key, id };
}

const MOST_OFFSET = 100_000;

/** Lists that are cut by number: the cursor's id is how many rows to leave out. */
export function parseOffset(text: string | undefined): number {
  const cursor = parseCursor(text);
  if (cursor === undefined) return 0;
  const offset = Number(cursor.id);
  if (cursor.key !== '0') throw badField('cursor', 'is not one of this list');
  if (offset > MOST_OFFSET) throw badField('cursor', `leads beyond ${MOST_OFFSET} rows: narrow the list`);
  return offset;
}

/** Cuts the page and says in `Link` where the next one is. `rows` may hold one more than `limit`: that is how we know of a next page. */
export function cutPage<Row>(
  { request, reply, publicUrl }: { request: FastifyRequest; reply: FastifyReply; publicUrl: string },
  rows: readonly Row[],
  limit: number,
  cursorAfter: (last: Row) => Cursor,
): readonly Row[] {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  const next = hasMore ? cursorAfter(last) : { key: '0', id: '0' };
  const url = new URL(request.url, publicUrl);
  const link = (rel: string, results: boolean, cursor: string): string => {
    url.searchParams.set('cursor', cursor);
    return `<${url.href}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`;
  };
  reply.header(
    'link',
    `${link('previous', false, '0:0:1')}, ${link('next', hasMore, `${next.key}:${next.id}:0`)}`,
  );
  return page;
}

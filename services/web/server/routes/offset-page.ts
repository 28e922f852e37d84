import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { WebContext } from '../context.ts';
import { cutPage, parseOffset } from '../paging.ts';
import { limitOf, type pageQuery } from './query-schemas.ts';

/**
 * A page of a list that is cut by number, with the `Link` header that leads on.
 *
 * @param read gets how many rows to read, one more than are shown, and how many to leave out.
 * @throws Refusal 400 for a cursor of another list.
 */
export async function pageByOffset<Row>(
  call: {
    readonly context: Pick<WebContext, 'publicUrl'>;
    readonly query: z.output<typeof pageQuery>;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  },
  read: (rows: { readonly limit: number; readonly offset: number }) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const { context, query, request, reply } = call;
  const limit = limitOf(query);
  const offset = parseOffset(query.cursor);
  const rows = await read({ limit: limit + 1, offset });
  return cutPage({ request, reply, publicUrl: context.publicUrl }, rows, limit, () => ({
    key: '0',
    id: String(offset + limit),
  }));
}

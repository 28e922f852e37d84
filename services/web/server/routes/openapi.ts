import { openApiSchema } from '@culprit/api';
import { ownVersion } from '@culprit/runtime';
import { PUBLIC, type Route, route } from '../access/route.ts';
import { openApiDocument } from '../openapi/document.ts';

/** @param routes gives all routes, these too; asked when somebody wants to know. */
export function openApiRoutes(routes: () => readonly Route[]): readonly Route[] {
  let text: string | undefined;
  return [
    route({
      method: 'GET',
      path: '/api/0/openapi.json',
      summary: 'Describe this API in OpenAPI 3.1',
      answers: { 200: openApiSchema },
      access: PUBLIC,
      handle: async ({ context, reply }) => {
        // It does not change while the process runs.
        text ??= JSON.stringify(
          openApiDocument(routes(), {
            version: ownVersion(),
            publicUrl: context.publicUrl,
            ingestUrl: context.ingestUrl,
          }),
        );
        return reply.type('application/json').send(text);
      },
    }),
  ];
}

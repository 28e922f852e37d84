import { expect, test } from 'vitest';
import { testIngest } from '../services/ingest/test/harness.ts';
import { INGEST_OPERATIONS } from '../services/web/server/openapi/ingest.ts';

test.each(INGEST_OPERATIONS.map(({ method, path }) => [method, path] as const))(
  'what the description of the API says that ingest takes, it takes: %s %s',
  async (method, path) => {
    const { app } = testIngest();
    await app.ready();
    const answer = await app.inject({
      method,
      url: path.replace('{project}', '42').replace('{event}', 'f'.repeat(32)),
    });
    // Nobody said who they are: any other answer would be that of no route, or of a wrong method.
    expect(answer.statusCode).toBe(401);
  },
);

import { openApiSchema } from '@culprit/api';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../server/openapi/document.ts';
import { apiRoutes } from '../server/routes.ts';

const document = openApiDocument(apiRoutes, {
  version: '1.2.3',
  publicUrl: 'https://culprit.example',
  ingestUrl: 'https://in.example',
});

describe('the description of the API', () => {
  test('is OpenAPI 3.1 without an error or a warning', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        // Sentry's paths have a slash at the end.
        'no-path-trailing-slash': 'off',
        // A release is never deleted: clients that try are told to archive it.
        'operation-2xx-response': 'off',
      },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    const told = problems.map(
      ({ message, location }) => `${location[0]?.pointer ?? ''} ${message.split('\n', 1)[0]}`,
    );
    expect(told).toEqual([]);
  });

  test('has what our own page of it reads', () => {
    expect(openApiSchema.safeParse(document).error).toBeUndefined();
  });

  test('has every route that is registered, under each of its paths', () => {
    const { paths } = openApiSchema.parse(document);
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { tags }]) => !tags.includes('Ingest'))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    const registered = apiRoutes.flatMap(({ method, paths: own }) =>
      own.map((path) => `${method} ${path.replace(/:([A-Za-z]+)/g, '{$1}')}`),
    );
    expect(described.sort()).toEqual(registered.sort());
  });

  test.each(apiRoutes.map((route) => [`${route.method} ${route.paths[0]}`, route] as const))(
    '%s says what it does and what it answers',
    (_, { summary, answers, method }) => {
      expect(summary).toMatch(/^[A-Z].{3,100}[^.]$/);
      expect(Object.keys(answers).every((status) => /^20[0-9]$/.test(status))).toBe(true);
      // Only what is always refused answers nothing.
      if (method === 'GET') expect(Object.values(answers).every((answer) => answer !== null)).toBe(true);
    },
  );

  test('says which parameters may be repeated', () => {
    const { paths } = openApiSchema.parse(document);
    const parameters = paths['/api/0/organizations/{org}/issues/']?.get?.parameters ?? [];
    const types = Object.fromEntries(
      parameters.filter((one) => one.in === 'query').map(({ name, schema }) => [name, schema.type]),
    );
    expect(types).toMatchObject({ query: 'string', cursor: 'string', limit: 'string', sort: 'string' });
    expect(types).toMatchObject({ project: 'array', environment: 'array' });
  });

  test('says of every answer in JSON what is in it', () => {
    const { paths } = openApiSchema.parse(document);
    const silent = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        Object.entries(operation.responses)
          .filter(([, { content }]) => {
            const schema = content?.['application/json']?.schema;
            return schema !== undefined && Object.keys(schema).length === 0;
          })
          .map(([status]) => `${method} ${path} ${status}`),
      ),
    );
    expect(silent).toEqual([]);
  });
});

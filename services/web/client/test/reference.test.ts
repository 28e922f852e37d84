import { openApiSchema } from '@culprit/api';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../server/openapi/document.ts';
import { apiRoutes } from '../../server/routes.ts';
import {
  curlOf,
  fieldsOf,
  matching,
  operationsByTag,
  sampleOf,
  typeOf,
} from '../src/features/reference/operations.ts';

const api = openApiSchema.parse(
  openApiDocument(apiRoutes, {
    version: '1',
    publicUrl: 'https://culprit.example',
    ingestUrl: 'https://in.example',
  }),
);
const operations = operationsByTag(api).flatMap(([, ofTag]) => ofTag);
const operation = (method: string, path: string) => {
  const found = operations.find((one) => one.method === method && one.path === path);
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found;
};

describe('the reference', () => {
  test('lists every operation under one heading', () => {
    const paths = Object.values(api.paths).flatMap((item) => Object.keys(item));
    expect(operations).toHaveLength(paths.length);
  });

  test('finds operations by words of their path, method and summary, in any order', () => {
    const found = matching(operations, 'releases post create');
    expect(found.map(({ path }) => path)).toContain('/api/0/organizations/{org}/releases/');
    expect(found.every(({ method }) => method === 'POST')).toBe(true);
    expect(matching(operations, 'no such thing')).toEqual([]);
  });

  test('makes a call that a shell understands', () => {
    expect(curlOf(operation('GET', '/api/0/organizations/{org}/deploys/'), 'https://c.example', 'main')).toBe(
      'curl \'https://c.example/api/0/organizations/main/deploys/\' \\\n  -H "Authorization: Bearer $CULPRIT_TOKEN"',
    );
    const post = operation('POST', '/api/0/organizations/{org}/releases/{version}/deploys/');
    expect(curlOf(post, 'https://c.example', 'main')).toBe(
      [
        "curl -X POST 'https://c.example/api/0/organizations/main/releases/VERSION/deploys/'",
        '  -H "Authorization: Bearer $CULPRIT_TOKEN"',
        "  -H 'Content-Type: application/json'",
        `  -d '{"environment":"TEXT"}'`,
      ].join(' \\\n'),
    );
    expect(curlOf(operation('POST', '/api/0/auth/'), 'https://c.example', 'main')).not.toContain('Bearer');
  });
});

describe('a schema', () => {
  test.each([
    [{ type: 'string' }, 'string'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Issue' } }, 'Issue[]'],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, '(string | null)[]'],
    [{ enum: ['a', 'b'] }, '"a" | "b"'],
    [{ type: 'object', properties: { id: {}, name: {} } }, '{ id, name }'],
    [{}, 'anything'],
  ])('%j is %s', (schema, text) => {
    expect(typeOf(schema)).toBe(text);
  });

  test('says which fields must be there', () => {
    const schema = { properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] };
    expect(fieldsOf(schema)).toEqual([
      { name: 'id', type: 'string', isRequired: true },
      { name: 'name', type: 'string', isRequired: false },
    ]);
  });

  test('has a sample with what is required', () => {
    const schema = {
      type: 'object',
      properties: { id: { type: 'integer' }, list: { type: 'array', items: { type: 'boolean' } }, note: {} },
      required: ['id', 'list'],
    };
    expect(sampleOf(schema)).toEqual({ id: 0, list: [true] });
  });
});

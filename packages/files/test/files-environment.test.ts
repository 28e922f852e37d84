import { expect, test } from 'vitest';
import { filesEnvironment } from '../src/index.ts';

const filesOf = (env: Record<string, string>) => filesEnvironment.parse(env).files;

test('files lie in the data folder where nothing is said', () => {
  expect(filesOf({ CULPRIT_DATA: '/data' })).toEqual({ mode: 'folder', folder: '/data/files' });
  expect(filesOf({ CULPRIT_FILES: '' })).toEqual({ mode: 'folder', folder: 'data/files' });
});

test('a bucket of Amazon needs its name only', () => {
  expect(filesOf({ CULPRIT_FILES: 's3://my-bucket', AWS_REGION: 'eu-central-1' })).toEqual({
    mode: 's3',
    bucket: 'my-bucket',
    prefix: '',
    region: 'eu-central-1',
    isPathStyle: false,
  });
});

test('another server has its address, its credentials and the bucket in the path', () => {
  const env = {
    CULPRIT_FILES: 's3://bucket/some/place/',
    S3_ENDPOINT: 'http://10.0.0.1:9000',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const expected = {
    mode: 's3',
    bucket: 'bucket',
    prefix: 'some/place',
    region: 'us-east-1',
    endpoint: 'http://10.0.0.1:9000',
    isPathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  };
  expect(filesOf(env)).toEqual(expected);
  expect(filesOf({ ...env, S3_PATH_STYLE: '0', AWS_SESSION_TOKEN: 'token' })).toEqual({
    ...expected,
    isPathStyle: false,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' },
  });
});

test.each([
  '/some/folder',
  'https://bucket.example.com',
  's3://',
  's3://UPPER',
  's3://bucket/a//b',
  's3://bucket/a b',
])('%s is no place for files', (place) => {
  const { success, error } = filesEnvironment.safeParse({ CULPRIT_FILES: place });
  expect(success).toBe(false);
  expect(error?.issues).toMatchObject([{ path: ['CULPRIT_FILES'], message: 'expected s3://bucket/prefix' }]);
});

import { join } from 'node:path';
import { z } from 'zod';
import type { S3Config } from './s3-store.ts';

/** Where files are kept. */
export type FilesConfig =
  | { readonly mode: 'folder'; readonly folder: string }
  | ({ readonly mode: 's3' } & S3Config);

const variables = z.object({
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_FILES: z.string().optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_PATH_STYLE: z.enum(['0', '1']).optional(),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
});
type Variables = z.infer<typeof variables>;

/** A bucket's name, and letters, digits and `!-_.*'()` in each step of the prefix, which every server takes as they are. */
const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9!_.*'()-]{1,128}){0,8})\/?$/;

/**
 * The variables that name the file store, the same for each service: `z.object({ … }).and(filesEnvironment)` gives its configuration `files`.
 *
 * `CULPRIT_FILES` is `s3://bucket/prefix`; without it files are in the data folder. Credentials are the usual AWS variables, or whatever the AWS SDK finds without them.
 */
export const filesEnvironment = variables.transform((values, context): { readonly files: FilesConfig } => {
  const place = values.CULPRIT_FILES ?? '';
  if (place === '') return { files: { mode: 'folder', folder: join(values.CULPRIT_DATA, 'files') } };
  const [, bucket, prefix = ''] = BUCKET.exec(place) ?? [];
  if (bucket === undefined) {
    context.addIssue({ code: 'custom', path: ['CULPRIT_FILES'], message: 'expected s3://bucket/prefix' });
    return z.NEVER;
  }
  const credentials = credentialsOf(values);
  return {
    files: {
      mode: 's3',
      bucket,
      prefix: prefix.slice(1),
      region: values.AWS_REGION,
      // Servers that are not Amazon's seldom have a host name for each bucket.
      isPathStyle: (values.S3_PATH_STYLE ?? (values.S3_ENDPOINT === undefined ? '0' : '1')) === '1',
      ...(values.S3_ENDPOINT === undefined ? {} : { endpoint: values.S3_ENDPOINT }),
      ...(credentials === undefined ? {} : { credentials }),
    },
  };
});

function credentialsOf(values: Variables): S3Config['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = values.AWS_SESSION_TOKEN;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

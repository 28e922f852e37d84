import { filesEnvironment, type S3Config } from '../src/index.ts';

/** What the variables say of a bucket. */
export function s3ConfigOf(env: Readonly<Record<string, string>>): S3Config {
  const { files } = filesEnvironment.parse(env);
  if (files.mode !== 's3') throw new Error('the variables name no bucket');
  return files;
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** What is used of `@20minutes/s3rver`, which comes without types. */
type S3Server = new (options: {
  readonly address: string;
  readonly port: number;
  readonly silent: boolean;
  readonly directory: string;
  readonly allowMismatchedSignatures: boolean;
  readonly configureBuckets: readonly { readonly name: string }[];
}) => { run(): Promise<{ readonly port: number }>; close(): Promise<void> };

export interface TestBucket {
  /** The variables with which a service keeps its files in this bucket. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const BUCKET = 'culprit';

/** An empty bucket on an S3 server of its own, on loopback; it asks for a known key and does not check signatures. */
export async function testBucket(): Promise<TestBucket> {
  const Server: S3Server = createRequire(import.meta.url)('@20minutes/s3rver');
  const folder = await temporaryFolder();
  const server = new Server({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: join(folder.path, 's3'),
    // It leaves out the slash behind a bucket in the path, which the SDK signs, so that no list would be answered.
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  return {
    env: {
      CULPRIT_FILES: `s3://${BUCKET}/files`,
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    stop: async () => {
      await server.close();
      await folder.remove();
    },
  };
}

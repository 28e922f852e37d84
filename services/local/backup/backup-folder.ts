import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { BackupError, type BackupFile, MANIFEST, type Manifest, parseManifest } from './manifest.ts';

/** Level 3 packs events to about a tenth and is faster than the disk. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** The folder of a backup: packed files with their hashes, and the manifest that says that all of them are there. */
export class BackupFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws BackupError when there is something in it. */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    if ((await readdir(this.path)).length > 0) {
      throw new BackupError(`${this.path} is not empty: every backup needs a folder of its own.`);
    }
  }

  /** Packs and writes a file; it is on the disk when this resolves. */
  async write(name: string, content: Readable | Uint8Array): Promise<BackupFile> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(path, 'wx', 0o600);
    try {
      const source =
        content instanceof Uint8Array ? Readable.from([content], { objectMode: false }) : content;
      await pipeline(source, createZstdCompress(ZSTD), async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          await writeAll(handle, chunk);
        }
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { path: name, bytes, sha256: hash.digest('hex') };
  }

  /** The unpacked content of a file. */
  read(file: BackupFile): Readable {
    const unpacked = createZstdDecompress();
    const source = createReadStream(join(this.path, file.path));
    source.on('error', (error) => unpacked.destroy(error));
    return source.pipe(unpacked);
  }

  /** The unpacked content of a small file. */
  async readAll(file: BackupFile): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.read(file)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  /** @throws BackupError when a file is missing, shorter, or not what was written. */
  async check(file: BackupFile): Promise<void> {
    const { bytes, sha256 } = await hashOf(join(this.path, file.path)).catch((cause: unknown) => {
      throw new BackupError(`${file.path} of the backup cannot be read.`, { cause });
    });
    if (bytes === file.bytes && sha256 === file.sha256) return;
    throw new BackupError(`${file.path} of the backup is not what was written: the copy is damaged.`);
  }

  /** The last thing that a backup writes. */
  async writeManifest(manifest: Manifest): Promise<void> {
    const path = join(this.path, MANIFEST);
    const handle = await open(`${path}.new`, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(manifest, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.new`, path);
    const folder = await open(this.path);
    await folder.sync().finally(() => folder.close());
  }

  /** @throws BackupError when the backup is not whole. */
  async readManifest(): Promise<Manifest> {
    const handle = await open(join(this.path, MANIFEST)).catch((cause: unknown) => {
      throw new BackupError(
        `There is no ${MANIFEST} in ${this.path}: it holds no backup, or one that did not come to its end.`,
        { cause },
      );
    });
    return parseManifest(await handle.readFile('utf8').finally(() => handle.close()));
  }
}

export async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length; ) start += (await handle.write(chunk, start)).bytesWritten;
}

/** Size and hash of a file as it lies there. */
export async function hashOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Counts what passes. */
export function counter(onBytes: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk);
      done(null, chunk);
    },
  });
}

import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes folders and remembers which of them it knows to be on the disk, name and all: at most 65,792 below a store. */
export class DurableFolders {
  readonly #root: string;
  readonly #durable = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#durable.add(root);
  }

  /** `folder` lies below the root. A folder that another process has made may not be on the disk yet, so it is synced too. */
  async make(folder: string): Promise<void> {
    if (this.#durable.has(folder)) return;
    const parent = dirname(folder);
    if (parent.length >= this.#root.length) await this.make(parent);
    await mkdir(folder, { recursive: true });
    await syncFolder(parent);
    this.#durable.add(folder);
  }
}

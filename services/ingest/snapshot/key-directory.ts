import { type ProjectId, type PublicKey, parseProjectId } from '@culprit/protocol';
import type { Snapshot } from './snapshot.ts';

export interface KeyEntry {
  readonly keyId: number;
  readonly projectId: ProjectId;
  /** The key is active and its project is, too. */
  readonly isActive: boolean;
  /** Origins that may send; undefined: all. */
  readonly allowedDomains: readonly string[] | undefined;
}

/** A snapshot, arranged for look-up by public key. */
export class KeyDirectory {
  readonly version: number;
  readonly #entries: ReadonlyMap<string, KeyEntry>;

  constructor(snapshot: Snapshot) {
    this.version = snapshot.version;
    this.#entries = new Map(entriesOf(snapshot));
  }

  get size(): number {
    return this.#entries.size;
  }

  find(publicKey: PublicKey): KeyEntry | undefined {
    return this.#entries.get(publicKey);
  }
}

function* entriesOf(snapshot: Snapshot): Iterable<readonly [string, KeyEntry]> {
  const projects = new Map(snapshot.projects.map((project) => [project.id, project]));
  for (const key of snapshot.keys) {
    const project = projects.get(key.project_id);
    const projectId = parseProjectId(key.project_id);
    if (project === undefined || projectId === undefined) continue;
    yield [
      key.public_key,
      {
        keyId: key.id,
        projectId,
        isActive: key.is_active && project.status === 'active',
        allowedDomains: project.allowed_domains,
      },
    ];
  }
}

import { type ProjectId, type PublicKey, parseProjectId, type Quota } from '@culprit/protocol';
import { type ProjectSettings, quotaOfKey, type ReadSettings, readProjectSettings } from '@culprit/settings';
import type { Snapshot } from './snapshot.ts';

export interface KeyEntry {
  readonly keyId: number;
  readonly projectId: ProjectId;
  readonly organizationId: string;
  /** The key is active and its project is, too. */
  readonly isActive: boolean;
  /** Of its project; shared by its keys. */
  readonly settings: ProjectSettings;
  /** The project's, and the key's own rate limit. */
  readonly quotas: readonly Quota[];
}

/** Settings that could not be read: their defaults apply. */
export interface UnreadableSettings {
  readonly projectId: number;
  readonly fields: readonly string[];
}

/** A snapshot, arranged for look-up by public key. */
export class KeyDirectory {
  readonly version: number;
  readonly unreadable: readonly UnreadableSettings[];
  readonly #entries: ReadonlyMap<string, KeyEntry>;
  /** By the text of what is stored. */
  readonly #readings = new Map<string, Reading>();

  /** @param previous of whose projects most are set as they were: reading settings takes 60 µs, which many projects would feel. */
  constructor(snapshot: Snapshot, previous?: KeyDirectory) {
    const projects = snapshot.projects.map((project) => this.#readProject(project, previous));
    this.version = snapshot.version;
    this.unreadable = projects.flatMap(({ id, unreadable }) =>
      unreadable.length === 0 ? [] : [{ projectId: id, fields: unreadable }],
    );
    this.#entries = new Map(
      entriesOf(snapshot.keys, new Map(projects.map((project) => [project.id, project]))),
    );
  }

  get size(): number {
    return this.#entries.size;
  }

  find(publicKey: PublicKey): KeyEntry | undefined {
    return this.#entries.get(publicKey);
  }

  #readProject(project: SnapshotProject, previous: KeyDirectory | undefined): KnownProject {
    const stored = project.settings ?? settingsOfOldFile(project);
    const text = JSON.stringify(stored);
    const before = previous === undefined ? undefined : previous.#readings.get(text);
    const reading = this.#readings.get(text) ?? before ?? readProjectSettings(stored);
    this.#readings.set(text, reading);
    return { ...project, known: reading.settings, unreadable: reading.unreadable };
  }
}

type Reading = ReadSettings<ProjectSettings>;
type SnapshotProject = Snapshot['projects'][number];

interface KnownProject extends SnapshotProject {
  readonly known: ProjectSettings;
  readonly unreadable: readonly string[];
}

/** All that the release before kept of the settings. */
function settingsOfOldFile({ allowed_domains }: SnapshotProject): Readonly<Record<string, unknown>> {
  return allowed_domains === undefined ? {} : { allowedDomains: allowed_domains };
}

function* entriesOf(
  keys: Snapshot['keys'],
  projects: ReadonlyMap<number, KnownProject>,
): Iterable<readonly [string, KeyEntry]> {
  for (const key of keys) {
    const project = projects.get(key.project_id);
    const projectId = parseProjectId(key.project_id);
    if (project === undefined || projectId === undefined) continue;
    const { known } = project;
    const ownQuota = quotaOfKey(key.rate_limit);
    yield [
      key.public_key,
      {
        keyId: key.id,
        projectId,
        organizationId: project.organization_id,
        isActive: key.is_active && project.status === 'active',
        settings: known,
        quotas: ownQuota === undefined ? known.quotas : [...known.quotas, ownQuota],
      },
    ];
  }
}

import type { DataFolder, RunFile } from './data-folder.ts';
import type { RunningPart } from './part.ts';
import { identityOf } from './process-identity.ts';

/** Keeps `run.json` true, one write after the other. */
export class RunFileKeeper {
  readonly #folder: DataFolder;
  #run: RunFile | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: DataFolder) {
    this.#folder = folder;
  }

  async begin(run: RunFile): Promise<void> {
    this.#run = run;
    await this.#folder.saveRun(run);
  }

  /** Notes a process that runs, or that one does not run any more. */
  note(name: string, running: RunningPart | undefined): Promise<void> {
    return this.change((run) => {
      const { [name]: _before, ...others } = run.processes;
      const processes =
        running === undefined
          ? others
          : { ...others, [name]: { ...identityOf(running.pid), facts: running.facts } };
      return { ...run, processes };
    });
  }

  change(change: (run: RunFile) => RunFile): Promise<void> {
    this.#saving = this.#saving
      .catch(() => {}) // the writer of that one has heard of it
      .then(async () => {
        if (this.#run === undefined) return;
        this.#run = change(this.#run);
        await this.#folder.saveRun(this.#run);
      });
    return this.#saving;
  }

  /** Nothing runs any more. */
  async remove(): Promise<void> {
    await this.#saving.catch(() => {}); // it was only a description of what ran
    await this.#folder.removeRun();
  }
}

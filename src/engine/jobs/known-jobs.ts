/** The jobs there are, as they are now, and who is told of their changes. */
import type { Job, JobId } from "../../model/job.ts";

export class KnownJobs {
  readonly #jobs = new Map<JobId, Job>();
  readonly #watchers = new Set<(job: Job) => void>();

  /** In the order they became known. */
  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  find(id: JobId): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Takes it as it is; nobody is told. */
  note(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  forget(id: JobId): void {
    this.#jobs.delete(id);
  }

  /** Tells every change of a job's life. */
  watch(watcher: (job: Job) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  change(job: Job): void {
    this.note(job);
    for (const watcher of this.#watchers) watcher(job);
  }

  /** It is `after` from now on, so that of two who ask at once the other one finds it so; and `before` again when that could not be written. */
  async claim(before: Job, after: Job, write: () => Promise<void>): Promise<void> {
    this.note(after);
    await write().catch((error: unknown) => {
      this.note(before);
      throw error;
    });
  }
}

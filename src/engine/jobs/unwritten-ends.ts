/** Puts down how jobs ended. What cannot be written now, since the disk is full for example, is kept until it can. */
import { errorText } from "../../host/files.ts";
import type { JobFiles } from "../../jobs/job-files.ts";
import type { JobEnd, JobId } from "../../model/job.ts";
import type { EngineParts } from "../engine.ts";

const retryMs = 1000;

interface Settling {
  readonly end: JobEnd;
  readonly from: "inbox" | "reserved";
}

export class UnwrittenEnds {
  readonly #files: JobFiles;
  readonly #store: EngineParts["store"];
  readonly #kept = new Map<JobId, Settling>();
  #timer: NodeJS.Timeout | undefined;
  /** One at a time. */
  #flushing = Promise.resolve();

  constructor(files: JobFiles, store: EngineParts["store"]) {
    this.#files = files;
    this.#store = store;
  }

  /** Never rejects. */
  async settle(id: JobId, settling: Settling): Promise<void> {
    try {
      await this.#files.settle(id, settling.end, settling.from);
    } catch (error) {
      this.#kept.set(id, settling);
      // Somebody stopped it; what follows a job that failed is found out anew.
      if (settling.from === "inbox" && settling.end.failure?.reason === "cancelled") await this.#files.putAside(id).catch(() => undefined);
      this.#timer ??= setInterval(() => void this.flush(), retryMs);
      this.#store.dispatch({ type: "warning", code: "job_unrecorded", message: `the end of job ${id} could not be written: ${errorText(error)}; it is tried again, and a daemon that begins before that worked finds it out anew` });
    }
  }

  /** Tries what is still unwritten. Never rejects. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#writeAll());
    return this.#flushing;
  }

  /** The job begins anew, or nobody wants to know its end any more. */
  async forget(id: JobId): Promise<void> {
    await this.#flushing;
    this.#kept.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #writeAll(): Promise<void> {
    for (const [id, settling] of this.#kept) {
      await this.#files.settle(id, settling.end, settling.from).then(() => this.#kept.delete(id), () => undefined);
    }
    if (this.#kept.size === 0) this.close();
  }
}

/** The store of jobs and messages as a whole: written out, taken in, tidied. */
import { existsSync, readFileSync } from "node:fs";
import { UserError, exitCodes } from "../model/failure.ts";
import { isEnded, type EndedJob, type JobId } from "../model/job.ts";
import { isoTime, type Clock } from "../host/clock.ts";
import { compareDump, dumpIn, isDumpable, type DumpedJob, type Present, type StoreDump } from "./dump.ts";
import { isExpired, type JobFiles } from "./job-files.ts";
import type { Queues } from "./queues.ts";

export interface StoreParts {
  readonly files: JobFiles;
  readonly queues: Queues;
  readonly clock: Clock;
  /** What a job that is taken in runs with, if it is begun again. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What was removed. */
export interface Tidied {
  readonly queues: readonly string[];
  readonly jobs: readonly JobId[];
  readonly remains: number;
}

export class JobStore {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** `leftOut` are results too large for a document. */
  async dump(): Promise<{ readonly dump: StoreDump; readonly leftOut: readonly JobId[] }> {
    const { files, queues, clock } = this.#parts;
    const ended = (await files.load()).filter(isEnded);
    const names = await queues.names();
    const contents = await Promise.all(names.map(async (queue) => ({ queue, messages: (await queues.peek(queue, {})).map(({ id, body }) => ({ id, body: body.toString("base64") })) })));
    return {
      dump: { version: 1, madeAt: isoTime(clock), aliases: queues.aliases(), queues: contents.filter(({ messages }) => messages.length > 0), jobs: ended.filter(isDumpable).map(dumped) },
      leftOut: ended.filter((job) => !isDumpable(job)).map(({ id }) => id),
    };
  }

  /** Throws a UserError for what is no dump; `path` is the file it is from. */
  read(text: string, path: string): StoreDump {
    return dumpIn(text, path);
  }

  /** What was, or with `isShown` would be, added. Throws a UserError, exit 3, that names every conflict, before anything is written. */
  async load(dump: StoreDump, isShown: boolean): Promise<StoreDump> {
    const { files, queues, environment } = this.#parts;
    const { added, conflicts } = compareDump(dump, await this.#present());
    if (conflicts.length > 0) throw new UserError(conflicts, exitCodes.conflict);
    if (isShown) return added;
    queues.prepare();
    for (const { queue, messages } of added.queues) for (const { id, body } of messages) await queues.put(queue, { id, body: Buffer.from(body, "base64") });
    for (const [name, target] of Object.entries(added.aliases)) queues.setAlias(name, target);
    for (const { job, output, errors } of added.jobs) await files.restore(job, { output: Buffer.from(output, "base64"), errors: Buffer.from(errors, "base64") }, environment);
    return added;
  }

  /** Removes what nobody can ask for any more; of jobs only what a daemon does not look after. */
  async tidy(isSupervised: boolean): Promise<Tidied> {
    const { files, queues, clock } = this.#parts;
    const expired = isSupervised ? [] : (await files.load()).filter((job) => isExpired(job, clock.now()));
    for (const { id } of expired) await files.forget(id);
    return { queues: await queues.removeEmpty(), jobs: expired.map(({ id }) => id), remains: await files.removeRemains(clock.now()) };
  }

  async #present(): Promise<Present> {
    const { files, queues } = this.#parts;
    const messages = await Promise.all((await queues.names()).map(async (queue) => (await queues.peek(queue, {})).map(({ id, body }) => [id, { queue, body: body.toString("base64") }] as const)));
    return { aliases: queues.aliases(), jobs: await files.load(), messages: new Map(messages.flat()) };
  }
}

/** Where its output was is nobody's business elsewhere. */
function dumped(job: EndedJob): DumpedJob {
  const { output, errors } = job.life;
  return { job: { ...job, life: { ...job.life, output: { ...output, path: "" }, errors: { ...errors, path: "" } } }, output: contentOf(output.path), errors: contentOf(errors.path) };
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path).toString("base64") : "";
}

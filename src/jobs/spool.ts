/**
 * A durable store of messages in named queues: a queue is a directory, a message is a file in it whose name is its id, and every
 * move is one rename. So a message is in one queue at every moment, whoever is killed meanwhile.
 *
 * `power` flushes files and directories before it answers: what was answered survives a power failure. `process` leaves that to the
 * system: what was answered survives the death of any process, not that of the machine. Only flushing waits for a disk, so only that
 * goes through Node's pool of threads: the way there takes longer than any other step.
 */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, unlessMissing } from "../host/files.ts";

export type Durability = "power" | "process";

export interface Message {
  readonly id: string;
  readonly body: Buffer;
}

/** Works on one directory; any number of them may at the same time. */
export class Spool {
  readonly #root: string;
  readonly #durability: Durability;

  constructor(root: string, durability: Durability) {
    this.#root = root;
    this.#durability = durability;
  }

  /** Adds a message, whole or not at all; one of the same id is replaced. */
  async write(queue: string, message: Message): Promise<void> {
    await this.#placed(queue, message, renameSync);
  }

  /** The same, but false when there is one of the same id: ids of different processes may meet. */
  async writeNew(queue: string, message: Message): Promise<boolean> {
    try {
      await this.#placed(queue, message, (draft, path) => {
        linkSync(draft, path);
        unlinkSync(draft);
      });
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** Ids in a queue, oldest first; none when there is no such queue. */
  async ids(queue: string): Promise<readonly string[]> {
    return namesIn(this.#path(queue)).sort();
  }

  /** One message without taking it, or undefined when it is not there. */
  async peek(queue: string, id: string): Promise<Message | undefined> {
    const body = unlessMissing(() => readFileSync(join(this.#path(queue), id)));
    return body === undefined ? undefined : { id, body };
  }

  /** Moves messages and answers the ids of those that were there; the others are somebody else's by now. */
  async move(from: string, to: string, ids: readonly string[]): Promise<readonly string[]> {
    const [source, target] = [this.#path(from), await this.#made(to)];
    const moved: string[] = [];
    for (const id of ids) if (happened(() => renameSync(join(source, id), join(target, id)))) moved.push(id);
    if (moved.length > 0) await Promise.all([this.#flush(target), this.#flush(source)]);
    return moved;
  }

  /** Removes messages and answers the ids of those that were there: of many that try, one is told. Node's rm would tell all. */
  async remove(queue: string, ids: readonly string[]): Promise<readonly string[]> {
    const directory = this.#path(queue);
    const removed: string[] = [];
    for (const id of ids) if (happened(() => unlinkSync(join(directory, id)))) removed.push(id);
    if (removed.length > 0) await this.#flush(directory);
    return removed;
  }

  /** Names of the queues that exist, sorted. */
  async queues(): Promise<readonly string[]> {
    const names = namesIn(this.#root);
    return names.filter((name) => name !== encoded(draftsQueue)).flatMap(decoded).sort();
  }

  /** Removes the queues that hold nothing, and answers which; a writer makes its queue anew. */
  async removeEmpty(): Promise<readonly string[]> {
    return (await this.queues()).filter((queue) => isGone(() => rmdirSync(this.#path(queue))));
  }

  /** What a killed writer left half written. */
  async sweepDrafts(): Promise<void> {
    rmSync(this.#path(draftsQueue), { recursive: true, force: true });
  }

  async #placed(queue: string, { id, body }: Message, place: (draft: string, path: string) => void): Promise<void> {
    const draft = join(await this.#made(draftsQueue), `${id}.${randomBytes(4).toString("hex")}`);
    try {
      writeFileSync(draft, body, { flag: "wx", mode: 0o600 });
      await this.#flush(draft);
      const directory = await this.#made(queue);
      try {
        place(draft, join(directory, id));
      } catch (error) {
        // It was empty, and somebody removed it.
        if (errorCode(error) !== "ENOENT") throw error;
        place(draft, join(await this.#made(queue), id));
      }
      await this.#flush(directory);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }

  #path(queue: string): string {
    return join(this.#root, encoded(queue));
  }

  async #made(queue: string): Promise<string> {
    const path = this.#path(queue);
    if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) await this.#flush(this.#root);
    return path;
  }

  async #flush(path: string): Promise<void> {
    if (this.#durability === "process") return;
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
  }
}

/** Swept by `sweepDrafts`. No queue of a person has a name that begins with a space. */
export const draftsQueue = " drafts";

/** A directory name for any queue name, `.` and `..` included. */
function encoded(queue: string): string {
  return encodeURIComponent(queue).replace(/^\./, "%2E");
}

/** Nothing of what this program did not name. */
export function decoded(name: string): readonly string[] {
  try {
    return [decodeURIComponent(name)];
  } catch {
    return [];
  }
}

function namesIn(directory: string): string[] {
  return unlessMissing(() => readdirSync(directory)) ?? [];
}

/** False for a directory that is not empty. */
function isGone(remove: () => void): boolean {
  try {
    return happened(remove);
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}

/** False when what it is about is not there. */
function happened(act: () => void): boolean {
  return unlessMissing(() => (act(), true)) === true;
}

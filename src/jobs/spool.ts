/**
 * A durable store of messages in named queues: a queue is a directory, a message is a file in it whose name is its id, and every
 * move is one rename. So a message is in one queue at every moment, whoever is killed meanwhile.
 *
 * `power` flushes files and directories before it answers: what was answered survives a power failure. `process` leaves that to the
 * system: what was answered survives the death of any process, not that of the machine.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../host/files.ts";

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
    await this.#placed(queue, message, async (draft, path) => rename(draft, path));
  }

  /** The same, but false when there is one of the same id: ids of different processes may meet. */
  async writeNew(queue: string, message: Message): Promise<boolean> {
    try {
      await this.#placed(queue, message, async (draft, path) => {
        await link(draft, path);
        await rm(draft);
      });
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** Ids in a queue, oldest first; none when there is no such queue. */
  async ids(queue: string): Promise<readonly string[]> {
    return (await namesIn(this.#path(queue))).sort();
  }

  /** One message without taking it, or undefined when it is not there. */
  async peek(queue: string, id: string): Promise<Message | undefined> {
    const body = await unlessMissing(readFile(join(this.#path(queue), id)));
    return body === undefined ? undefined : { id, body };
  }

  /** Moves messages and answers the ids of those that were there; the others are somebody else's by now. */
  async move(from: string, to: string, ids: readonly string[]): Promise<readonly string[]> {
    const [source, target] = [this.#path(from), await this.#made(to)];
    const moved: string[] = [];
    for (const id of ids) if ((await unlessMissing(rename(join(source, id), join(target, id)).then(() => true))) === true) moved.push(id);
    if (moved.length > 0) await Promise.all([this.#flush(target), this.#flush(source)]);
    return moved;
  }

  /** Removes messages and answers the ids of those that were there: of many that try, one is told. Node's rm would tell all. */
  async remove(queue: string, ids: readonly string[]): Promise<readonly string[]> {
    const directory = this.#path(queue);
    const removed: string[] = [];
    for (const id of ids) if ((await unlessMissing(unlink(join(directory, id)).then(() => true))) === true) removed.push(id);
    if (removed.length > 0) await this.#flush(directory);
    return removed;
  }

  /** Names of the queues that exist, sorted. */
  async queues(): Promise<readonly string[]> {
    const names = await namesIn(this.#root);
    return names.filter((name) => name !== encoded(draftsQueue)).map(decodeURIComponent).sort();
  }

  /** What a killed writer left half written. */
  async sweepDrafts(): Promise<void> {
    await rm(this.#path(draftsQueue), { recursive: true, force: true });
  }

  async #placed(queue: string, { id, body }: Message, place: (draft: string, path: string) => Promise<void>): Promise<void> {
    const directory = await this.#made(queue);
    const drafts = await this.#made(draftsQueue);
    const draft = join(drafts, `${id}.${randomBytes(4).toString("hex")}`);
    try {
      const file = await open(draft, "wx", 0o600);
      try {
        await file.writeFile(body);
        if (this.#durability === "power") await file.sync();
      } finally {
        await file.close();
      }
      await place(draft, join(directory, id));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await this.#flush(directory);
  }

  #path(queue: string): string {
    return join(this.#root, encoded(queue));
  }

  async #made(queue: string): Promise<string> {
    const path = this.#path(queue);
    if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) await this.#flush(this.#root);
    return path;
  }

  async #flush(directory: string): Promise<void> {
    if (this.#durability === "process") return;
    const handle = await open(directory, "r");
    await handle.sync().finally(() => handle.close());
  }
}

/** No queue of a person has a name that begins with a space. */
const draftsQueue = " drafts";

/** A directory name for any queue name, `.` and `..` included. */
function encoded(queue: string): string {
  return encodeURIComponent(queue).replace(/^\./, "%2E");
}

async function namesIn(directory: string): Promise<string[]> {
  return (await unlessMissing(readdir(directory))) ?? [];
}

async function unlessMissing<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

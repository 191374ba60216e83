/** Queues of messages between whoever has something to say to another: a spool with names, patterns and aliases on top. Needs no daemon. */
import type { Clock } from "../host/clock.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { idsMeant, isJobId } from "../model/job.ts";
import { fitsWildcard } from "../model/wildcard.ts";
import { isAliasName, readAliases, removeAlias, writeAlias, type Aliases } from "./aliases.ts";
import { createIds } from "./ids.ts";
import type { Message, Spool } from "./spool.ts";

/** How many of a queue are meant. */
export interface Portion {
  /** Absent: all there are. */
  readonly count?: number;
  /** One message; the last digits of its id are enough where they mean one. */
  readonly id?: string;
}

export interface QueueParts {
  readonly spool: Spool;
  /** The directory they are in. */
  readonly aliasesPath: string;
  readonly clock: Clock;
  /** Makes the directory they are in, which others must be able to pass through. */
  readonly prepare: () => void;
}

const watchMs = 50;

/** Any number of processes may use the same queues at once: a message is read by one of them. */
export class Queues {
  readonly #parts: QueueParts;
  readonly #nextId: () => string;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#nextId = createIds(parts.clock);
  }

  /** The id of the new message. */
  async write(queue: string, body: Buffer): Promise<string> {
    const name = this.resolved(queue);
    this.prepare();
    for (;;) {
      const id = this.#nextId();
      if (await this.#parts.spool.writeNew(name, { id, body })) return id;
    }
  }

  /** A message that has its id already. Throws when there is one of that id. */
  async put(queue: string, message: Message): Promise<void> {
    this.prepare();
    if (!(await this.#parts.spool.writeNew(queue, message))) throw new Error(`message ${message.id} is in ${queue} already`);
  }

  /** Before anything is written where nothing was. */
  prepare(): void {
    this.#parts.prepare();
  }

  /** Queues without messages, which are gone now. */
  async removeEmpty(): Promise<readonly string[]> {
    return this.#parts.spool.removeEmpty();
  }

  /** The same message for every queue there is whose name fits; the names. */
  async broadcast(pattern: string, body: Buffer): Promise<readonly string[]> {
    const names = (await this.names()).filter((name) => fitsWildcard(pattern, name));
    for (const name of names) await this.write(name, body);
    return names;
  }

  /** Oldest first; they stay. */
  async peek(queue: string, portion: Portion): Promise<readonly Message[]> {
    return this.#bodies(queue, await this.#ids(this.resolved(queue), portion));
  }

  /** Oldest first; whoever else reads at the same time gets others. */
  async read(queue: string, portion: Portion): Promise<readonly Message[]> {
    const messages: Message[] = [];
    const name = this.resolved(queue);
    const { count = Number.POSITIVE_INFINITY, ...which } = portion;
    while (messages.length < count) {
      const found = await this.peek(name, { ...which, count: count - messages.length });
      for (const message of found) if ((await this.#parts.spool.remove(name, [message.id])).length > 0) messages.push(message);
      // Others may have taken some of those meanwhile.
      if (found.length === 0 || count === Number.POSITIVE_INFINITY) break;
    }
    return messages;
  }

  /** Ids of those that were moved. */
  async move(from: string, to: string, portion: Portion): Promise<readonly string[]> {
    const name = this.resolved(from);
    return this.#parts.spool.move(name, this.resolved(to), await this.#ids(name, portion));
  }

  /** Ids of those that are gone now. */
  async remove(queue: string, portion: Portion): Promise<readonly string[]> {
    const name = this.resolved(queue);
    return this.#parts.spool.remove(name, await this.#ids(name, portion));
  }

  /** Messages as they come, those that are there first, until aborted. Each is taken unless `isPeek`. */
  async *watch(queue: string, isPeek: boolean, signal: AbortSignal): AsyncGenerator<Message> {
    let seen: ReadonlySet<string> = new Set();
    while (!signal.aborted) {
      // By name and not by time: whoever writes next may have another clock.
      const ids: readonly string[] = isPeek ? await this.#ids(this.resolved(queue), {}) : [];
      const found = isPeek ? await this.#bodies(queue, ids.filter((id) => !seen.has(id))) : await this.read(queue, { count: 1 });
      yield* found;
      seen = new Set(ids);
      if (found.length === 0) await this.#parts.clock.sleep(watchMs, signal).catch(() => undefined);
    }
  }

  /** Queues with messages, and how many. */
  async sizes(): Promise<readonly { readonly queue: string; readonly messages: number }[]> {
    const all = await Promise.all((await this.names()).map(async (queue) => ({ queue, messages: (await this.#ids(queue, {})).length })));
    return all.filter(({ messages }) => messages > 0);
  }

  /** Every queue that was ever written to. */
  async names(): Promise<readonly string[]> {
    return this.#parts.spool.queues();
  }

  aliases(): Aliases {
    return readAliases(this.#parts.aliasesPath);
  }

  /** Replaces what an alias meant; without a target it is removed. Throws a UserError for one that is not there, or cannot be. */
  setAlias(alias: string, target: string | undefined): Aliases {
    const { aliasesPath } = this.#parts;
    if (target === undefined) {
      if (!removeAlias(aliasesPath, alias)) throw unknownAlias(alias, Object.keys(this.aliases()));
      return this.aliases();
    }
    if (!isAlias(alias, target)) throw new UserError({ reason: "usage_invalid", message: `"${alias}" cannot be an alias of "${target}"`, hint: "neither begins with @, and both are short: an alias means a queue, and no other alias" });
    this.prepare();
    writeAlias(aliasesPath, alias, target);
    return this.aliases();
  }

  /** `@name` is what the alias means. Throws a UserError when it means nothing, or no queue can be called so. */
  resolved(queue: string): string {
    if (!queue.startsWith("@")) return wellNamed(queue);
    const aliases = this.aliases();
    const alias = queue.slice(1);
    const target = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
    if (target === undefined) throw unknownAlias(alias, Object.keys(aliases));
    return wellNamed(target);
  }

  /** Those that are still there. */
  async #bodies(queue: string, ids: readonly string[]): Promise<readonly Message[]> {
    const name = this.resolved(queue);
    const found = await Promise.all(ids.map((id) => this.#parts.spool.peek(name, id)));
    return found.filter((message) => message !== undefined);
  }

  /** Throws a UserError where the last digits of an id mean more than one message. */
  async #ids(queue: string, { count, id }: Portion): Promise<readonly string[]> {
    // What somebody else put there is no message.
    const ids = (await this.#parts.spool.ids(queue)).filter(isJobId);
    if (id === undefined) return ids.slice(0, count);
    const meant = idsMeant(id, ids);
    if (meant.length > 1) throw new UserError({ reason: "unknown_target", message: `${id} may be any of ${meant.join(", ")}`, hint: "give more digits" }, exitCodes.interrupted);
    return meant;
  }
}

/** A queue is a directory, whose name has its limits; those that begin with a space are not for people. */
const longestName = 255;

/** Whether a queue can be called so. */
export function isQueueName(name: string): boolean {
  return name !== "" && !name.startsWith(" ") && !/\p{Surrogate}/u.test(name) && encodeURIComponent(name).length <= longestName;
}

/** Whether the one can mean the other. */
export function isAlias(name: string, target: string): boolean {
  return isAliasName(name) && isQueueName(target) && !target.startsWith("@");
}

function wellNamed(queue: string): string {
  if (isQueueName(queue)) return queue;
  throw new UserError({ reason: "usage_invalid", message: `"${queue}" cannot be the name of a queue`, hint: `at most ${longestName} letters, digits and dots, of which the first is no space; others count as three or more` });
}

function unknownAlias(alias: string, known: readonly string[]): UserError {
  return new UserError({ reason: "unknown_target", message: `no alias is called "${alias}"`, hint: known.length === 0 ? "make one with `envctl queue alias add NAME QUEUE`" : `known: ${known.join(", ")}` }, exitCodes.interrupted);
}

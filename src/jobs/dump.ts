/** Everything the store keeps, as one document that another store can take in: messages, aliases, results. Nothing of what runs, and no environment. */
import { UserError, type Failure } from "../model/failure.ts";
import { endStatuses, isEnded, isJobId, type Job } from "../model/job.ts";
import type { Aliases } from "./aliases.ts";
import { isAlias, isQueueName } from "./queues.ts";

/** A result with its output; bodies are base64. */
export interface DumpedJob {
  readonly job: Job;
  readonly output: string;
  readonly errors: string;
}

export interface DumpedQueue {
  readonly queue: string;
  readonly messages: readonly { readonly id: string; readonly body: string }[];
}

export interface StoreDump {
  readonly version: 1;
  readonly madeAt: string;
  readonly aliases: Aliases;
  readonly queues: readonly DumpedQueue[];
  readonly jobs: readonly DumpedJob[];
}

/** What a store has already. */
export interface Present {
  readonly aliases: Aliases;
  readonly jobs: readonly Job[];
  /** Message → its queue and body. */
  readonly messages: ReadonlyMap<string, { readonly queue: string; readonly body: string }>;
}

/** What taking a dump in would add; everything that stands against it. What is there as it is in the dump is neither. */
export function compareDump(dump: StoreDump, present: Present): { readonly added: StoreDump; readonly conflicts: readonly Failure[] } {
  const conflicts: Failure[] = [];
  const conflict = (message: string): false => {
    conflicts.push({ reason: "conflict", message });
    return false;
  };
  const aliases = Object.entries(dump.aliases).filter(([name, target]) => {
    const here = Object.hasOwn(present.aliases, name) ? present.aliases[name] : undefined;
    return here === undefined || (here !== target && conflict(`the alias ${name} means ${here} here, and ${target} in the dump`));
  });
  const isNewMessage = (queue: string, { id, body }: DumpedQueue["messages"][number]): boolean => {
    const here = present.messages.get(id);
    if (here === undefined) return true;
    return (here.queue !== queue || here.body !== body) && conflict(`message ${id} is in ${here.queue} here${here.queue === queue ? ", with another body" : `, and in ${queue} in the dump`}`);
  };
  const queues = dump.queues.map(({ queue, messages }) => ({ queue, messages: messages.filter((message) => isNewMessage(queue, message)) }));
  const jobs = dump.jobs.filter(({ job }) => {
    const here = present.jobs.find(({ id }) => id === job.id);
    return here === undefined || (JSON.stringify(here.spec) !== JSON.stringify(job.spec) && conflict(`job ${job.id} is another one here: ${here.spec.command.join(" ")}`));
  });
  return { added: { ...dump, aliases: Object.fromEntries(aliases), queues: queues.filter(({ messages }) => messages.length > 0), jobs }, conflicts };
}

/** Throws a UserError for anything but a dump; `path` is the file it is from. */
export function dumpIn(text: string, path: string): StoreDump {
  const value = parsed(text);
  const isDump = isObject(value) && value["version"] === 1 && typeof value["madeAt"] === "string" && isAliases(value["aliases"]) && isList(value["queues"], isQueue) && isList(value["jobs"], isResult);
  if (isDump && isOnce(value as unknown as StoreDump)) return value as unknown as StoreDump;
  throw new UserError({ reason: "configuration_invalid", message: `${path} is no dump of this version of envctl`, hint: "make one with `envctl system dump --output FILE`", place: { file: path } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether every id stands there once: a message is in one queue. */
function isOnce({ queues, jobs }: StoreDump): boolean {
  const ids = [...queues.flatMap(({ messages }) => messages.map(({ id }) => id)), ...jobs.map(({ job }) => job.id)];
  return new Set(ids).size === ids.length;
}

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAliases(value: unknown): boolean {
  return isObject(value) && Object.entries(value).every(([name, target]) => typeof target === "string" && isAlias(name, target));
}

function isList(value: unknown, isOne: (one: Values) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && isOne(one));
}

function isQueue({ queue, messages }: Values): boolean {
  return typeof queue === "string" && isQueueName(queue) && isList(messages, ({ id, body }) => isId(id) && typeof body === "string");
}

/** An id is a file name. */
function isId(value: unknown): boolean {
  return typeof value === "string" && isJobId(value);
}

function isResult({ job, output, errors }: Values): boolean {
  if (!isObject(job) || typeof output !== "string" || typeof errors !== "string") return false;
  const { id, spec, life, attempts, launches, isTaken } = job;
  const isSpec = isObject(spec) && Array.isArray(spec["command"]) && spec["command"].every((word) => typeof word === "string") && typeof spec["project"] === "string" && typeof spec["directory"] === "string" && Array.isArray(spec["tags"]);
  const isEnd = isObject(life) && endStatuses.some((status) => status === life["status"]) && isTime(life["endedAt"]) && isObject(life["exit"]) && isOutput(life["output"]) && isOutput(life["errors"]);
  return isId(id) && isSpec && isEnd && isCount(attempts) && isCount(launches) && typeof isTaken === "boolean";
}

function isOutput(value: unknown): boolean {
  return isObject(value) && typeof value["path"] === "string" && Number.isSafeInteger(value["bytes"]) && (value["sha256"] === undefined || typeof value["sha256"] === "string");
}

const mostLaunches = 1_000_000;

/** It is a part of file names, too. */
function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= mostLaunches;
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** Only what has ended, and whose output is a part of a document. */
export function isDumpable(job: Job): boolean {
  return isEnded(job) && job.life.output.sha256 === undefined;
}

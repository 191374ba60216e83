/** `queue write|read|peek|move|list|watch|delete|broadcast|alias`: messages between jobs, services and agents. */
import { readFileSync } from "node:fs";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { QueueAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { fitsWildcard } from "../model/wildcard.ts";
import type { EngineRuntime } from "../runtime.ts";
import { table } from "../ui/table.ts";
import { positiveFlag } from "./job-orders.ts";
import { bytesHint, canBeShown, keptError, showMessage, toldMessage, type MessageBytes, type ToldMessage } from "./message-bytes.ts";
import { textFlag } from "./targets.ts";

type Queues = Awaited<ReturnType<EngineRuntime["queues"]>>;
type Action = QueueAnswer["action"];
type Portion = Parameters<Queues["peek"]>[1];

/** Action → what follows it; what may be left out is in brackets. */
const usages: Readonly<Record<Action, readonly string[]>> = {
  write: ["QUEUE", "[MESSAGE]"],
  read: ["QUEUE"],
  peek: ["QUEUE"],
  move: ["FROM", "TO"],
  list: [],
  watch: ["QUEUE"],
  delete: ["QUEUE"],
  broadcast: ["[MESSAGE]"],
  alias: ["[add|remove|list]", "[NAME]", "[QUEUE]"],
};

interface Call {
  readonly words: readonly string[];
  readonly queues: Queues;
  readonly input: CommandInput;
}

/** What each does. A queue is there as soon as something is written to it. */
const bodies: Readonly<Record<Action, (call: Call) => Promise<QueueAnswer>>> = {
  write: async ({ queues, words: [queue = "", text] }) => ({ action: "write", queue: queues.resolved(queue), ids: [await queues.write(queue, bodyOf(text))] }),
  read: async (call) => {
    const [queue = ""] = call.words;
    return { action: "read", queue, messages: await handedOut(call, found(queue, await call.queues.read(queue, portion(call.input, 1)))) };
  },
  peek: async ({ queues, input, words: [queue = ""] }) => {
    const messages = found(queue, await queues.peek(queue, portion(input)));
    if (!input.wantsJson) for (const message of messages) await (canBeShown(message, input) ? showMessage(message, input) : Promise.resolve(input.write(`${bytesHint(message)}; --raw shows it`)));
    return { action: "peek", queue, messages: messages.map(toldMessage) };
  },
  move: async ({ queues, input, words: [from = "", to = ""] }) => ({ action: "move", queue: from, to, ids: [...found(from, await queues.move(from, to, portion(input, 1)))] }),
  list: async ({ queues, input }) => {
    const pattern = textFlag(input.flags, "pattern") ?? "*";
    return { action: "list", queues: (await queues.sizes()).filter(({ queue }) => fitsWildcard(pattern, queue)) };
  },
  watch: watched,
  delete: async ({ queues, input, words: [queue = ""] }) => ({ action: "delete", queue, ids: [...(await queues.remove(queue, portion(input)))] }),
  broadcast: async ({ queues, input, words: [text] }) => ({ action: "broadcast", queues: (await queues.broadcast(textFlag(input.flags, "pattern") ?? "*", bodyOf(text))).map((queue) => ({ queue, messages: 1 })) }),
  alias: async ({ queues, words }) => ({ action: "alias", aliases: aliased(queues, words) }),
};

export const body: CommandBody<QueueAnswer | undefined> = {
  run: async (input, runtime) => {
    const [word = "", ...words] = input.args;
    const action = (Object.keys(usages) as readonly Action[]).find((one) => one === word);
    if (action === undefined) throw new UserError({ reason: "usage_invalid", message: `queues cannot "${word}"`, hint: `one of ${Object.keys(usages).join(", ")}` });
    const takes = usages[action];
    const isRight = words.length <= takes.length && words.length >= takes.filter((one) => !one.startsWith("[")).length;
    if (!isRight) throw new UserError({ reason: "usage_invalid", message: `\`queue ${action}\` takes ${takes.length === 0 ? "no word" : takes.join(" ")}`, hint: `envctl queue ${[action, ...takes].join(" ")}` });
    const queues = await runtime.queues();
    const answer = await bodies[action]({ words, input, queues }).catch((error: unknown) => refused(error));
    return action === "watch" ? undefined : answer;
  },
  text: (answer) => (answer === undefined ? [] : linesOf(answer)),
};

/** A full disk, or a directory that may not be written to. */
function refused(error: unknown): never {
  if (error instanceof UserError || !(error instanceof Error && "code" in error)) throw error;
  throw new UserError({ reason: "state_unwritable", message: `the queues cannot be used: ${error.message}`, hint: "make room, or mend the permissions of the state directory; `envctl doctor` says where it is" });
}

function linesOf(answer: QueueAnswer): readonly string[] {
  switch (answer.action) {
    case "read":
    case "peek":
    case "watch":
      // They were written as they are.
      return [];
    case "write":
    case "move":
    case "delete":
      return answer.ids;
    case "list":
    case "broadcast":
      return table([], answer.queues.map(({ queue, messages }) => [queue, String(messages)]));
    case "alias":
      return Object.entries(answer.aliases).map(([alias, queue]) => `@${alias} ${queue}`);
  }
}

/** What `--all`, `-n` and `-m` say; `usual` is how many are meant otherwise, all unless given. */
function portion(input: CommandInput, usual?: number): Portion {
  const id = textFlag(input.flags, "message");
  const count = positiveFlag(input, "count") ?? usual;
  if (id !== undefined) return { id };
  return input.flags["all"] === true || count === undefined ? {} : { count };
}

function bodyOf(text: string | undefined): Buffer {
  return text === undefined || text === "-" ? readFileSync(0) : Buffer.from(text);
}

function found<T>(queue: string, messages: readonly T[]): readonly T[] {
  if (messages.length > 0) return messages;
  throw new UserError({ reason: "unknown_target", message: `queue ${queue} has no such message: it is empty`, hint: "`envctl queue list` shows those that have any; `envctl queue watch` waits for one" }, exitCodes.interrupted);
}

/** Writes what was taken; what must not go to a terminal goes back to where it was, and the others with it. */
async function handedOut({ queues, input, words: [queue = ""] }: Call, taken: readonly MessageBytes[]): Promise<ToldMessage[]> {
  const unfit = input.wantsJson ? undefined : taken.find((message) => !canBeShown(message, input));
  if (unfit !== undefined) {
    for (const message of taken) await queues.put(queues.resolved(queue), message);
    throw keptError(queue, unfit);
  }
  if (!input.wantsJson) for (const message of taken) await showMessage(message, input);
  return taken.map(toldMessage);
}

/** Writes each at once. */
async function watched(call: Call): Promise<QueueAnswer> {
  const { queues, input, words: [queue = ""] } = call;
  const limit = positiveFlag(input, "count");
  const isPeek = input.flags["peek"] === true;
  let seen = 0;
  for await (const message of queues.watch(queue, isPeek, input.signal)) {
    if (input.wantsJson) input.write(JSON.stringify(toldMessage(message)));
    else if (isPeek && !canBeShown(message, input)) input.write(bytesHint(message));
    else await handedOut(call, [message]);
    seen += 1;
    if (seen === limit) break;
  }
  return { action: "watch", queue, messages: [] };
}

function aliased(queues: Queues, [verb = "list", name, target]: readonly string[]): Readonly<Record<string, string>> {
  if (verb === "list" && name === undefined) return queues.aliases();
  if (verb === "add" && name !== undefined && target !== undefined) return queues.setAlias(name, target);
  if (verb === "remove" && name !== undefined && target === undefined) return queues.setAlias(name, undefined);
  throw new UserError({ reason: "usage_invalid", message: `\`queue alias\` does not take "${[verb, name, target].filter((one) => one !== undefined).join(" ")}"`, hint: "envctl queue alias add NAME QUEUE, alias remove NAME, or alias list" });
}

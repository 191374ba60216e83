/** `svc list|show|new|call|drop|handles|reserve|release|stats|shutdown`: services with remote objects, from the shell. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ServiceAnswer } from "../contracts/service-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { defaultCallMs, type ServiceAction, type ServiceActions, type ServiceOrderOf } from "../model/service.ts";
import { fitsWildcard } from "../model/wildcard.ts";
import type { EngineRuntime } from "../runtime.ts";
import { table } from "../ui/table.ts";
import { timerFlag } from "./job-orders.ts";
import { argumentsOf, figuresRow, handleFields, listingFields, shownResult } from "./service-values.ts";
import { noteStrays } from "./stray-directories.ts";
import { textFlag } from "./targets.ts";

type Access = Awaited<ReturnType<EngineRuntime["services"]>>;
type Action = (typeof usages)[number][0];

/** Action → what follows it; what may be left out is in brackets. */
const usages = [["list"], ["show", "NAME"], ["new", "NAME", "[ARG]…"], ["call", "TARGET.METHOD", "[ARG]…"], ["drop", "HANDLE"], ["handles"], ["reserve", "NAME"], ["release", "RESERVATION"], ["stats"], ["shutdown", "NAME"]] as const;

interface Call {
  readonly input: CommandInput;
  readonly access: Access;
  readonly words: readonly string[];
  /** Asks the daemon, which starts on first need. */
  readonly ask: <A extends ServiceAction>(order: ServiceOrderOf<A>) => Promise<ServiceActions[A]["answer"]>;
  /** Asks a daemon that runs; undefined when none does. */
  readonly look: <A extends ServiceAction>(order: ServiceOrderOf<A>) => Promise<ServiceActions[A]["answer"] | undefined>;
}

const bodies: Readonly<Record<Action, (call: Call) => Promise<ServiceAnswer>>> = {
  list: async (call) => {
    const [name, type, cap] = ["name", "type", "cap"].map((flag) => textFlag(call.input.flags, flag));
    const all = await listings(call);
    return all.filter((one) => fitsWildcard(name ?? "*", one.name) && (type === undefined || one.type === type) && (cap === undefined || one.capabilities.includes(cap))).map(listingFields);
  },
  show: async (call) => {
    const [name] = call.words;
    const found = (await listings(call)).find((one) => one.name === name);
    if (found === undefined) throw new UserError({ reason: "unknown_target", message: `there is no service ${JSON.stringify(name)}`, hint: "`envctl svc list` shows those there are" }, exitCodes.interrupted);
    return { action: "show", ...listingFields(found) };
  },
  new: async ({ input, access, ask, words: [service = "", ...args] }) => {
    const made = await ask({ action: "new", service, args: argumentsOf(args, access.pack), ...held(access), ...reload(input), timeoutMs: timeoutMs(input) });
    return { action: "new", ...handleFields(made) };
  },
  call: async ({ input, access, ask, words: [word = "", ...args] }) => {
    const at = word.lastIndexOf(".");
    if (at <= 0 || at === word.length - 1) throw new UserError({ reason: "usage_invalid", message: `call needs HANDLE.METHOD or NAME.METHOD, not "${word}"`, hint: "for example envctl svc call mailbox.last" });
    const answer = await ask({ action: "call", target: word.slice(0, at), method: word.slice(at + 1), args: argumentsOf(args, access.pack), search: access.search, ...reload(input), timeoutMs: timeoutMs(input) });
    return { action: "call", result: shownResult(access.unpack(answer), textFlag(input.flags, "out")) };
  },
  drop: async ({ ask, words: [handle = ""] }) => ({ action: "drop", ...handleFields(await ask({ action: "drop", handle })) }),
  handles: async ({ look }) => ({ action: "handles", handles: ((await look({ action: "handles" })) ?? []).map(handleFields) }),
  reserve: async ({ input, access, ask, words: [service = ""] }) => {
    const waitMs = timerFlag(input, "wait");
    return { action: "reserve", ...(await ask({ action: "reserve", service, ...held(access), ...(input.flags["alone"] === true ? { alone: true } : {}), ...(waitMs === undefined ? {} : { waitMs }) })) };
  },
  release: async ({ ask, words: [lease = ""] }) => ({ action: "release", ...(await ask({ action: "release", lease })) }),
  stats: async ({ look }) => ({ action: "stats", methods: ((await look({ action: "stats" })) ?? []).map(figuresRow), leases: [...((await look({ action: "leases" })) ?? [])] }),
  shutdown: async ({ input, access, ask, words: [service = ""] }) => ({ action: "shutdown", ...(await ask({ action: "shutdown", service, search: access.search, timeoutMs: Math.min(timeoutMs(input), shutdownMs) })) }),
};

const shutdownMs = 5000;

export const body: CommandBody<ServiceAnswer> = {
  run: async (input, runtime) => {
    const [word = "", ...words] = input.args;
    const usage = usages.find(([action]) => action === word);
    if (usage === undefined) throw new UserError({ reason: "usage_invalid", message: `services cannot "${word}"`, hint: `one of ${usages.map(([action]) => action).join(", ")}` });
    const [action, ...takes] = usage;
    const isOpen = takes.some((one) => one.endsWith("…"));
    if (words.length < (isOpen ? 1 : takes.length) || (!isOpen && words.length > takes.length)) throw new UserError({ reason: "usage_invalid", message: `\`svc ${action}\` takes ${takes.join(" ") || "no word"}`, hint: `envctl svc ${usage.join(" ")}` });
    if (input.flags["reload"] === true && input.flags["debug"] !== true) throw new UserError({ reason: "usage_invalid", message: "--reload is for looking for mistakes: say --debug too", hint: "otherwise `envctl svc shutdown` ends the service, and the next use reads it anew" });
    noteStrays(input, runtime, "ENVCTL_EXTERNAL_SERVICES_PATH", "ENVCTL_EXTERNAL_PLUGINS_PATH");
    const access = await runtime.services();
    const signal = input.signal;
    return bodies[action]({
      input,
      access,
      words,
      ask: async (order) => {
        const connection = await access.connect();
        return connection.services(order, signal).finally(() => connection.close());
      },
      look: async (order) => {
        const connection = await access.reach();
        return connection?.services(order, signal).finally(() => connection.close());
      },
    });
  },
  text: linesOf,
};

async function listings({ access, look }: Call): Promise<ServiceActions["list"]["answer"]> {
  return (await look({ action: "list", search: access.search })) ?? access.listed();
}

/** By the shell, whose commands have a connection each. */
function held(access: Access): Pick<ServiceOrderOf<"new">, "search" | "owner"> {
  const owner = access.shell();
  return { search: access.search, ...(owner === undefined ? {} : { owner }) };
}

function reload(input: CommandInput): { readonly reload?: boolean } {
  return input.flags["reload"] === true || process.env["ENVCTL_DEBUG_RELOAD"] === "1" ? { reload: true } : {};
}

function timeoutMs(input: CommandInput): number {
  return timerFlag(input, "timeout") ?? defaultCallMs;
}

function linesOf(answer: ServiceAnswer): readonly string[] {
  if (Array.isArray(answer)) return answer.length === 0 ? ["no service: one is a folder .envctl.d/services/svc_NAME with an index.mjs"] : table(["service", "", "reserved", "by", "about"], answer.map((one) => [one.name, one.problem ?? (one.trusted ? (one.pid === null ? "" : `pid ${one.pid}`) : "not trusted"), `${one.reserved}/${one.capacity ?? "∞"}`, one.holders.join(", "), one.about]));
  switch (answer.action) {
    case "show":
      return Object.entries(answer).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    case "new":
      return [answer.handle];
    case "call":
      return [JSON.stringify(answer.result)];
    case "handles":
      return table(["handle", "object", "holder"], answer.handles.map(({ handle, instance, holder }) => [handle, instance, holder]));
    case "stats":
      return table(["method", "calls", "errors", "avg ms", "min", "max", "p95"], answer.methods.map((one) => [`${one.service}.${one.method}`, ...[one.count, one.errors, one.avg_ms, one.min_ms, one.max_ms, one.p95_ms].map(String)]));
    case "drop":
      return [`dropped ${answer.handle}`];
    case "reserve":
      return [answer.lease];
    case "release":
      return [`released ${answer.lease} of ${answer.service}`];
    case "shutdown":
      return [`${answer.service} is shut down: ${answer.instances} objects and ${answer.handles} handles are gone`];
  }
}

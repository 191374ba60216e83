/** The shape of every request: what does not fit is refused before anything of the daemon sees it. */
import { agentRoles, isAgentName, type AgentOrder } from "../model/agent.ts";
import type { DataOrder } from "../model/data.ts";
import type { Caller, Intent, Selection } from "../model/intent.ts";
import { errorPolicies, type JobDraft, type JobOrder } from "../model/job.ts";
import { inlinePayloadBytes, isServiceName, splitTarget, type Payload, type ServiceAction, type ServiceOrder, type ServiceOrderOf } from "../model/service.ts";
import { limitActions, type Limits } from "../model/supervision.ts";
import type { ProcessHandle } from "../model/unit.ts";
import type { Request } from "./protocol.ts";
import { choice, flag, list, map, number, oneOf, record, recordOf, ShapeError, text, whole, type Shape } from "./shape.ts";

const name = text(1000);
const names = list(name);
const variables = map(text(1024 * 1024));
const path = text(8192);
const caller = recordOf<Caller>({ directory: path, environment: variables }, {});
const layers = { profile: name, overrides: variables };

const selection = recordOf<Selection>({ projects: names, services: names }, { mode: oneOf("main", "trees"), all: flag });
const intent = recordOf<Intent>(
  { kind: oneOf("start", "stop", "restart", "resume", "reload"), selection, caller },
  { ...layers, noResume: flag, removeVolumes: flag, noWait: flag },
);

const dataOrder = recordOf<DataOrder>({ action: oneOf("snapshot", "restore", "clone", "reset", "drop"), project: name, requirement: name, caller }, { ...layers, name, to: name });

const limits = recordOf<Limits>({ onLimit: oneOf(...limitActions) }, { memoryBytes: number(), cpuShare: number(), fds: number(), connections: number() });
const draft = recordOf<JobDraft>(
  { command: list(text(1024 * 1024)), project: name, tags: names, onError: oneOf(...errorPolicies), maxAttempts: whole(), env: variables },
  { service: name, directory: path, name, timeoutMs: number(), limits, maxOutputBytes: whole(1), batch: record({ id: name, concurrency: number() }), input: text(32 * 1024 * 1024), autostart: name, follows: list(whole()), takesLines: flag, uses: names, claims: names },
);
const ids = list(text(64), 100_000);
const jobOrders: Readonly<Record<JobOrder["action"], Shape<JobOrder>>> = {
  submit: recordOf<Extract<JobOrder, { readonly action: "submit" }>>({ action: oneOf("submit"), drafts: list(draft), caller, token: name }, { isRepeated: flag }),
  wait: recordOf<Extract<JobOrder, { readonly action: "wait" }>>({ action: oneOf("wait"), id: text(64) }, { forMs: number() }),
  ...withIds("stop", "kill", "retry", "take"),
  reload: record({ action: oneOf("reload") }),
};
const jobOrder = choice("action", jobOrders);

function withIds<const T extends string>(...actions: readonly T[]): Readonly<Record<T, Shape<{ readonly action: T; readonly ids: readonly string[] }>>> {
  const shape = record({ action: oneOf(...actions), ids });
  return Object.fromEntries(actions.map((action) => [action, shape])) as Readonly<Record<T, Shape<{ readonly action: T; readonly ids: readonly string[] }>>>;
}

const owner: Shape<ProcessHandle> = record({ pid: whole(1), startTime: text(100), bootId: text(100), pidNamespace: text(100) });
const ofCaller = { search: list(path, 100), owner };
const payload: Shape<Payload> = (value, at) => (typeof value === "object" && value !== null && "text" in value ? inlinePayload(value, at) : payloadFile(value, at));
const inlinePayload = record({ text: text(inlinePayloadBytes) });
const payloadFile = record({ file: fitting(text(32), /^[0-9a-f]{32}$/), bytes: whole(), sha256: fitting(text(64), /^[0-9a-f]{64}$/) });
const handle = text(100);
const service = passing(text(200), (word) => isServiceName(splitTarget(word).service), "the name of a service");
/** Longer timers begin at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args. */
const duration = number(1, 2 ** 31 - 1);

const serviceOrders: { readonly [A in ServiceAction]: Shape<ServiceOrderOf<A>> } = {
  list: record({ action: oneOf("list") }, ofCaller),
  new: record({ action: oneOf("new"), service, args: payload, timeoutMs: duration }, { ...ofCaller, reload: flag }),
  call: record({ action: oneOf("call"), target: text(200), method: text(200), args: payload, timeoutMs: duration }, { ...ofCaller, reload: flag }),
  drop: record({ action: oneOf("drop"), handle }),
  handles: record({ action: oneOf("handles") }),
  reserve: record({ action: oneOf("reserve"), service }, { ...ofCaller, waitMs: duration, alone: flag, label: fitting(text(200), /^[^\p{Cc}]+$/u) }),
  release: record({ action: oneOf("release"), lease: handle }),
  leases: record({ action: oneOf("leases") }),
  stats: record({ action: oneOf("stats") }),
  shutdown: record({ action: oneOf("shutdown"), service, timeoutMs: duration }, ofCaller),
};
const serviceOrder: Shape<ServiceOrder> = choice("action", serviceOrders);

const agentName = passing(text(64), isAgentName, "letters, digits, dots, dashes and underscores");
const agentOrders: Readonly<Record<AgentOrder["action"], Shape<AgentOrder>>> = {
  join: record({ action: oneOf("join"), name: agentName, role: oneOf(...agentRoles), pid: whole(1), project: name, directory: path }),
  leave: record({ action: oneOf("leave") }),
  list: record({ action: oneOf("list") }),
  wait: record({ action: oneOf("wait"), count: whole(0, 10_000), forMs: duration, gone: flag }),
};
const agentOrder = choice("action", agentOrders);

const id = whole();
const withIntent = record({ id, method: oneOf("preview", "submit"), intent });
const requests: Readonly<Record<Request["method"], Shape<Request>>> = {
  hello: record({ id, method: oneOf("hello"), version: name, protocol: number() }),
  preview: withIntent,
  submit: withIntent,
  data: record({ id, method: oneOf("data"), order: dataOrder }),
  jobs: record({ id, method: oneOf("jobs"), order: jobOrder }),
  services: record({ id, method: oneOf("services"), order: serviceOrder }),
  agents: record({ id, method: oneOf("agents"), order: agentOrder }),
  state: record({ id, method: oneOf("state") }),
  events: record({ id, method: oneOf("events"), fromSeq: number() }, { filter: record({}, { types: list(name, 1000), units: list(name, 1000) }) }),
  pushes: record({ id, method: oneOf("pushes"), filter: record({}, { service: name, topic: name }) }),
  cancel: record({ id, method: oneOf("cancel"), target: id }),
  shutdown: record({ id, method: oneOf("shutdown"), because: text() }, { withServices: flag }),
};
const request = choice("method", requests);

/** The request, or why it is none. Throws a ShapeError for what has no number that an answer could carry. */
export function requestIn(message: unknown): Request | { readonly id: number; readonly refused: string } {
  const { id: number } = numbered(message, "the message");
  try {
    return request(message, "the message");
  } catch (error) {
    if (error instanceof ShapeError) return { id: number, refused: error.message };
    throw error;
  }
}

const numbered = record({ id, method: text(200) });

function fitting(shape: Shape<string>, pattern: RegExp): Shape<string> {
  return passing(shape, (word) => pattern.test(word), `like ${String(pattern)}`);
}

function passing(shape: Shape<string>, isRight: (word: string) => boolean, what: string): Shape<string> {
  return (value, at) => {
    const word = shape(value, at);
    if (!isRight(word)) throw new ShapeError(`${at} has to be ${what}`);
    return word;
  };
}

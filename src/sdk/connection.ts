/** One connection to the daemon as programs have it. */
import type { DaemonConnection } from "../daemon/client.ts";
import type { Event, EventType } from "../model/events.ts";
import type { Intent } from "../model/intent.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { Envctl, EventOf, IntentRequest, SubscribeOptions } from "./api.ts";
import { logWindow, type LogReader } from "./log-window.ts";
import { neverAborted } from "./never-aborted.ts";
import { objectsOver, pushesOver } from "./objects.ts";

type ConnectionRuntime = Pick<EngineRuntime, "checkout" | "discoverProjects" | "host" | "repository" | "services">;

/** Everything over it ends with it. */
export function envctlOver(connection: DaemonConnection, runtime: ConnectionRuntime, reader: LogReader): Envctl {
  let opened: ReturnType<EngineRuntime["services"]> | undefined;
  const access = (): ReturnType<EngineRuntime["services"]> => (opened ??= runtime.services());
  const close = (): void => connection.close();
  return {
    ...objectsOver(connection, access),
    ...pushesOver(connection, access),
    ...runOver(connection, runtime, reader),
    join: async ({ name, role = "agent" }) => {
      const { projectRoot: directory } = runtime.checkout;
      await connection.agents({ action: "join", name, role, pid: process.pid, project: await ownProject(runtime), directory }, neverAborted());
    },
    agents: () => connection.agents({ action: "list" }, neverAborted()),
    closed: connection.closed,
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** What was asked for as the daemon takes it: by whoever this process is, where it stands. */
export async function intentFrom({ mode, projects, services = [], all, signal: _signal, ...rest }: IntentRequest, runtime: ConnectionRuntime): Promise<Intent> {
  const { checkout, host } = runtime;
  const environment = Object.fromEntries(Object.entries(host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const selection = { projects: projects ?? [await ownProject(runtime)], services, ...(mode === undefined ? {} : { mode }), ...(all === undefined ? {} : { all }) };
  return { ...rest, selection, caller: { directory: checkout.projectRoot, environment } };
}

function runOver(connection: DaemonConnection, runtime: ConnectionRuntime, reader: LogReader): Pick<Envctl, "jobs" | "logs" | "state" | "submit" | "subscribe"> {
  return {
    state: () => connection.state(),
    submit: async (request) => connection.submit(await intentFrom(request, runtime), request.signal ?? neverAborted()),
    jobs: (order, signal = neverAborted()) => connection.jobs(order, signal),
    subscribe: async function* events<T extends EventType>({ fromSeq, signal = neverAborted(), ...filter }: SubscribeOptions<T> = {}) {
      for await (const event of connection.events(fromSeq ?? (await connection.state())?.seq ?? 0, signal, filter)) if (isOf(event, filter.types)) yield event;
    },
    logs: async (unitId, lines) => {
      const window = await logWindow([unitId], lines === undefined ? {} : { lines }, await connection.state(), runtime.repository, reader);
      return window.lines.map(({ text }) => text);
    },
  };
}

/** The daemon sends no others; this tells the compiler. */
function isOf<T extends EventType>(event: Event, types: readonly T[] | undefined): event is EventOf<T> {
  return types === undefined || types.some((type) => type === event.type);
}

async function ownProject({ checkout, discoverProjects }: ConnectionRuntime): Promise<string> {
  return (await discoverProjects()).find(({ root }) => root === checkout.projectRoot)?.name ?? "Main";
}

/** Looks at the world once and says what it is, as plain data. */
import { occupiedAddress } from "../host/net.ts";
import { listeners, holds, type Listener } from "../host/sockets.ts";
import type { ProcessTable } from "../host/process-table.ts";
import type { Facts, KnownUnit, PortFact, PortHolder, ProjectFact, UnitTruth } from "../model/facts.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { mainPort, type Exit, type Handle, type UnitId } from "../model/unit.ts";
import type { Engine } from "./engine.ts";

/** Facts without ports; those are tested as the planner asks for them. */
export function observeFacts(engine: Engine, projects: readonly ProjectFact[]): Facts {
  const state = engine.store.state();
  const known = state === undefined || state.stoppedAt !== undefined ? {} : knownUnits(engine, state);
  return { projects, known, ports: {}, dataRoot: engine.scope.data };
}

function knownUnits(engine: Engine, state: RunState): Readonly<Record<UnitId, KnownUnit>> {
  const truths = observeUnits(state, engine.judge, (unitId) => engine.supervisor.tracked(unitId) !== undefined);
  return Object.fromEntries(
    Object.entries(state.units).map(([unitId, unit]) => [
      unitId,
      { spec: unit.spec, isWanted: unit.isWanted, isReady: unit.life.status === "ready", truth: truths[unitId] ?? { state: "dead", exit: { kind: "unknown" } } },
    ]),
  );
}

/** Judges every unit of a state by its handle. Signals nothing; one reading of the socket table for all. */
export function observeUnits(state: RunState, judge: (handle: Handle) => "alive" | "dead" | "unknown", isSupervised: (unitId: UnitId) => boolean): Readonly<Record<UnitId, UnitTruth>> {
  const units = Object.entries(state.units);
  const needsSockets = units.some(([, unit]) => isUp(unit.life) && mainPort(unit.spec) !== undefined);
  const listening = new Set((needsSockets ? listeners() : []).map((one) => one.port));
  return Object.fromEntries(units.map(([unitId, unit]) => [unitId, truthOf(unit, judge, isSupervised(unitId), listening)]));
}

function truthOf(unit: UnitState, judge: (handle: Handle) => "alive" | "dead" | "unknown", isSupervised: boolean, listening: ReadonlySet<number>): UnitTruth {
  const handle = handleOf(unit.life);
  if (handle === undefined) return { state: "dead", exit: recordedExit(unit) };
  const port = mainPort(unit.spec);
  switch (judge(handle)) {
    case "alive":
      return { state: "alive", handle, isSupervised, isListening: port === undefined || listening.has(port) };
    case "dead":
      return { state: "dead", exit: recordedExit(unit) };
    case "unknown":
      return { state: "unknown", because: `pid ${handle.pid} belongs to another pid namespace (${handle.pidNamespace}), so it is neither signalled nor replaced` };
  }
}

function recordedExit(unit: UnitState): Exit {
  return "exit" in unit.life && unit.life.exit !== undefined ? unit.life.exit : { kind: "unknown" };
}

/** Tests ports one by one on all four addresses, and names the holder of a taken one. */
export async function observePorts(engine: Engine, ports: readonly number[]): Promise<Readonly<Record<number, PortFact>>> {
  const facts = await Promise.all(ports.map(async (port) => [port, await observePort(engine, port)] as const));
  return Object.fromEntries(facts);
}

async function observePort(engine: Engine, port: number): Promise<PortFact> {
  const foreign = engine.reservations.foreignHolder(port);
  const address = await occupiedAddress(port);
  const holder = address === undefined ? undefined : await holderOf(engine.table, port, address);
  if (foreign !== undefined) {
    const reserved = { reservation: `${foreign.unitId} of ${foreign.repository}`, owner: `${foreign.scope}/${foreign.unitId}` };
    return { state: "taken", holder: { address: "127.0.0.1", ...holder, ...reserved } };
  }
  return holder === undefined ? { state: "free" } : { state: "taken", holder };
}

/** Who listens on a port: pid, command, directory, our unit if it carries a mark, and the container behind a proxy. */
export async function holderOf(table: ProcessTable, port: number, address: string): Promise<PortHolder> {
  const sockets = listeners().filter((one) => one.port === port);
  const pid = pidHolding(table, sockets);
  if (pid === undefined) return { address };
  const owner = table.mark(pid);
  const description = table.describe(pid);
  const container = description.command?.includes("docker-proxy") === true ? await containerOn(port) : undefined;
  return { address, pid, ...description, ...(owner === undefined ? {} : { owner }), ...(container === undefined ? {} : { container }) };
}

function pidHolding(table: ProcessTable, sockets: readonly Listener[]): number | undefined {
  const known = sockets.find((one) => one.pid !== undefined)?.pid;
  if (known !== undefined || sockets.length === 0) return known;
  return table.rows().find((row) => sockets.some((one) => holds(row.pid, one)))?.pid;
}

/** The container that publishes a port, asked from the engine only when its proxy was seen. */
async function containerOn(port: number): Promise<string | undefined> {
  const { containerPublishing } = await import("../host/docker.ts");
  return containerPublishing(port);
}

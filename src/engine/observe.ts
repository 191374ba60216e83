/** Looks at the world once and says what it is, as plain data. */
import { occupiedAddress } from "../host/net.ts";
import { listeners, holds, type Listener } from "../host/sockets.ts";
import type { ProcessTable } from "../host/process-row.ts";
import type { Facts, KnownUnit, PortFact, PortHolder, ProjectFact } from "../model/facts.ts";
import { isStuck } from "../model/lifecycle.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { observeUnits } from "./observe-units.ts";

/** Facts without ports; those are tested as the planner asks for them. */
export function observeFacts(engine: Engine, projects: readonly ProjectFact[]): Facts {
  const state = engine.store.state();
  const known = state === undefined || state.stoppedAt !== undefined ? {} : knownUnits(engine, state);
  return { projects, known, ports: {} };
}

function knownUnits(engine: Engine, state: RunState): Readonly<Record<UnitId, KnownUnit>> {
  const truths = observeUnits(state, { judge: engine.judge, isSupervised: (unitId) => engine.supervisor.tracked(unitId) !== undefined });
  return Object.fromEntries(
    Object.entries(state.units).map(([unitId, unit]) => [
      unitId,
      { spec: unit.spec, isWanted: unit.isWanted, isReady: unit.life.status === "ready", isStuck: isStuck(unit.life), hasBlockedLoop: unit.life.status === "failed" && unit.life.failure.reason === "loop_blocked", truth: truths[unitId] ?? { state: "dead", exit: { kind: "unknown" } } },
    ]),
  );
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

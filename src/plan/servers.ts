/** Servers that units of another project use: who serves, who stays for whom, and who goes with its last user. */
import type { KnownUnit } from "../model/facts.ts";
import type { PlanNode } from "../model/plan.ts";
import { unitIdOf, type UnitId } from "../model/unit.ts";
import type { ProjectInput } from "./desired.ts";

type Known = Readonly<Record<UnitId, KnownUnit>>;

/** The unit that is meant by a name in a project: another project's where that one serves it. */
export function serverIdOf(input: Pick<ProjectInput, "fact" | "requirements">, name: string): UnitId {
  return unitIdOf(serverProject(input, name), name);
}

/** The project whose unit it is. */
export function serverProject(input: Pick<ProjectInput, "fact" | "requirements">, name: string): string {
  return lenderOf(input, name) ?? input.fact.name;
}

/** True for a requirement that runs in another project. */
export function isBorrowed(input: Pick<ProjectInput, "fact" | "requirements">, name: string): boolean {
  return lenderOf(input, name) !== undefined;
}

function lenderOf({ requirements }: Pick<ProjectInput, "requirements">, name: string): string | undefined {
  return Object.hasOwn(requirements, name) ? requirements[name]?.server : undefined;
}

/** Says of a lent server for whom it is in the plan. */
export function withLenders(nodes: readonly PlanNode[], projects: readonly ProjectInput[]): readonly PlanNode[] {
  return nodes.map((one) => {
    const users = projects.filter((input) => input.fact.name !== one.spec.project && input.units.some((name) => isBorrowed(input, name) && serverIdOf(input, name) === one.unitId));
    return users.length === 0 ? one : { ...one, because: `${one.because}; ${users.map(({ fact }) => fact.name).join(", ")} ${users.length === 1 ? "uses" : "use"} it (isolation of ${one.spec.name})` };
  });
}

/** Of the units to stop those that a wanted unit of another project, which is not to stop, depends on; with the reason. */
export function keptServers(targets: ReadonlySet<UnitId>, known: Known): Readonly<Record<UnitId, string>> {
  const entries = [...targets].flatMap((id) => {
    const users = usersOf(id, known).filter(({ spec }) => !targets.has(spec.id) && spec.project !== known[id]?.spec.project);
    return users.length === 0 ? [] : [[id, `${users.map(({ spec }) => spec.id).join(", ")} still ${users.length === 1 ? "uses" : "use"} it; stop ${users.length === 1 ? "that" : "those"} first, or everything with stop-all`] as const];
  });
  return Object.fromEntries(entries);
}

/** Servers of other projects that ran for the stopped units alone: their own project has nothing else that is wanted. */
export function unusedServers(targets: ReadonlySet<UnitId>, known: Known): ReadonlySet<UnitId> {
  const units = Object.values(known);
  const stays = (unit: KnownUnit): boolean => unit.isWanted && !targets.has(unit.spec.id);
  const used = new Set(units.filter(({ spec }) => targets.has(spec.id)).flatMap(({ spec }) => spec.dependsOn.filter((id) => known[id] !== undefined && known[id].spec.project !== spec.project)));
  const isIdle = (id: UnitId): boolean => !usersOf(id, known).some(stays) && !units.some((unit) => unit.spec.project === known[id]?.spec.project && unit.spec.kind === "service" && stays(unit));
  return new Set([...used].filter((id) => !targets.has(id) && isIdle(id)));
}

function usersOf(id: UnitId, known: Known): readonly KnownUnit[] {
  return Object.values(known).filter((unit) => unit.isWanted && unit.spec.dependsOn.includes(id));
}

/** Ends what a blast has found: each unit as it wants to be ended, where that is known, dependents first. */
import type { Launcher } from "../host/launch.ts";
import { scopePaths } from "../host/paths.ts";
import { defaultStop } from "../model/unit.ts";
import type { ProcessHandle, UnitSpec } from "../model/unit.ts";
import { stopRounds, type Victim } from "./blast-choice.ts";
import type { BlastParts, BlastScope } from "./blast-scopes.ts";
import { createDescendants } from "./descendants.ts";
import type { StopResult } from "./executors/executor.ts";
import { exitStatusPath } from "./executors/process.ts";
import { createSnapshots } from "./snapshots.ts";
import { stopProcesses, type StopParts } from "./stop-processes.ts";
import { createSupervisor } from "./supervise.ts";

/** `<scope>/<unit id>` → how its ending went. */
export type Endings = ReadonlyMap<string, StopResult>;

/** One unit with everything of it that was seen. */
interface Group {
  readonly key: string;
  readonly scope: BlastScope | undefined;
  readonly scopeId: string;
  readonly spec: Pick<UnitSpec, "id" | "stop" | "ports" | "dependsOn">;
  readonly members: readonly Victim[];
}

/** The key of `Endings`. */
export function endingKey(scopeId: string, unitId: string): string {
  return `${scopeId}/${unitId}`;
}

/** Units of different repositories do not wait for each other, those of one for what depends on them. */
export async function endVictims(parts: BlastParts, scopes: readonly BlastScope[], found: readonly Victim[]): Promise<Endings> {
  const groups = groupsOf(scopes, found);
  const rounds = new Map([...new Set(groups.map(({ scopeId }) => scopeId))].map((id) => [id, stopRounds(groups.filter((one) => one.scopeId === id).map(({ spec }) => spec))]));
  const roundOf = (group: Group): number => rounds.get(group.scopeId)?.get(group.spec.id) ?? 0;
  const endings = new Map<string, Promise<StopResult>>();
  for (const group of groups.toSorted((one, other) => roundOf(one) - roundOf(other))) {
    const dependents = groups.filter((other) => other.scopeId === group.scopeId && other.spec.dependsOn.includes(group.spec.id) && roundOf(other) < roundOf(group));
    const before = Promise.all(dependents.map(({ key }) => endings.get(key)));
    endings.set(group.key, before.then(() => endGroup(parts, group)));
  }
  return new Map(await Promise.all([...endings].map(async ([key, ending]) => [key, await ending] as const)));
}

function groupsOf(scopes: readonly BlastScope[], found: readonly Victim[]): readonly Group[] {
  const keys = [...new Set(found.map(({ scope, unitId }) => endingKey(scope, unitId)))];
  return keys.flatMap((key) => {
    const members = found.filter(({ scope, unitId }) => endingKey(scope, unitId) === key);
    const [first] = members;
    if (first === undefined) return [];
    const scope = scopes.find(({ id }) => id === first.scope);
    const known = scope?.units.find(({ spec }) => spec.id === first.unitId)?.spec;
    return [{ key, scope, scopeId: first.scope, members, spec: known ?? { id: first.unitId, stop: defaultStop, ports: [], dependsOn: [] } }];
  });
}

async function endGroup(parts: BlastParts, group: Group): Promise<StopResult> {
  const { host, table, judge } = parts;
  const supervisor = createSupervisor({ launcher: nobodysParent, judge });
  const handle = handleIn(parts, group);
  const unit = group.scope?.units.find(({ spec }) => spec.id === group.spec.id);
  const runId = group.scope?.state?.runId;
  const tracked = group.scope !== undefined && unit !== undefined && runId !== undefined ? supervisor.track(unit.spec.id, handle, exitStatusPath({ scope: group.scope.paths }, runId, unit.spec.id, unit.starts)) : undefined;
  const stopParts: StopParts = {
    host, table, judge, supervisor,
    scopeId: group.scopeId,
    snapshots: createSnapshots(table, host.clock),
    repository: { list: () => group.scope?.repository.list() ?? [] },
    descendants: createDescendants(scopePaths(host.paths.stateRoot, group.scopeId).families, host.machine.bootId),
    impatience: new AbortController(),
  };
  try {
    return await stopProcesses(stopParts, { spec: group.spec, handle, recorded: group.members.map(({ row }) => row), ...(tracked === undefined ? {} : { tracked }) });
  } finally {
    supervisor.close();
  }
}

const nobodysParent: Pick<Launcher, "reap"> = { reap: () => undefined };

/** Of the process that leads the unit's session, as its front shell does; else of any of it. */
function handleIn({ host }: BlastParts, { members }: Group): ProcessHandle {
  const { bootId, pidNamespace } = host.machine;
  const leader = members.find(({ row }) => members.every((other) => other.row.session === row.pid || other.row.pid === row.pid)) ?? members.find(({ row }) => row.session === row.pid) ?? members[0];
  if (leader === undefined) throw new Error("a unit without processes is not ended");
  return { pid: leader.row.pid, startTime: leader.row.startTime, bootId, pidNamespace };
}

/**
 * The hammer for when state is lost or damaged, or the daemon hangs: looks at the machine, ends what is meant, looks again, and
 * names what is left. It reads what state there is, needs none, and never touches data.
 */
import { dropReservations, reservationsBelow } from "../host/reservations.ts";
import { listeners, portsHeldBy } from "../host/sockets.ts";
import type { BlastedContainer, BlastedProcess, BlastReport, BlastRequest } from "../model/blast.ts";
import type { Failure } from "../model/failure.ts";
import { victims, type Victim } from "./blast-choice.ts";
import { endContainers, lookForContainers, type ContainerSight } from "./blast-containers.ts";
import { endVictims } from "./blast-ending.ts";
import { recordBlast } from "./blast-record.ts";
import { blastScopes, isMeantBy, recordedUnits, type BlastParts, type BlastScope } from "./blast-scopes.ts";
import { stopFailure } from "./holdouts.ts";
import type { StopResult } from "./executors/executor.ts";

/** What is started while it is being ended is found by the next look. */
const longestPursuit = 3;

export async function blast(request: BlastRequest, parts: BlastParts): Promise<BlastReport> {
  const begun = parts.host.clock.monotonic();
  const scopes = blastScopes(parts, request);
  const found = described(parts, lookFor(parts, request, scopes));
  const seen = await lookForContainers(parts, request, scopes);
  const inEngines = { containers: seen.containers.map(shown), volumes: seen.volumes };
  if (request.isDryRun) return { ok: true, isDryRun: true, processes: found, holdouts: [], ...inEngines, containersLeft: [], endedDaemons: [], releasedPorts: [], failures: seen.failures, durationMs: elapsed(parts, begun) };
  const endedDaemons = await quietDaemons(parts, request, scopes);
  const { left, sight } = await pursued(parts, request);
  const releasedPorts = releasePorts(parts, request, scopes, left);
  const holdouts = described(parts, left);
  const stuck = [...new Set(left.map(({ unitId }) => unitId))].map((unitId) => stopFailure(unitId, holdouts.filter((one) => one.unitId === unitId)));
  const failures = [...stuck, ...sight.containers.map(leftFailure), ...sight.failures];
  return { ok: failures.length === 0, isDryRun: false, processes: found, holdouts, ...inEngines, containersLeft: sight.containers.map(shown), endedDaemons, releasedPorts, failures, durationMs: elapsed(parts, begun) };
}

/** Ends what is found until nothing is, or nothing more can be done about what is; that is the answer. */
async function pursued(parts: BlastParts, request: BlastRequest): Promise<{ readonly left: readonly Victim[]; readonly sight: ContainerSight }> {
  const locks = blastScopes(parts, request).flatMap((scope) => parts.keep(scope) ?? []);
  try {
    // Read anew: until now a daemon may have written.
    const scopes = blastScopes(parts, request);
    const endings = new Map<string, StopResult>();
    let left = lookFor(parts, request, scopes);
    for (let round = 0; round < longestPursuit && left.length > 0; round += 1) {
      for (const [key, ending] of await endVictims(parts, scopes, left)) endings.set(key, ending);
      const before = left;
      left = lookFor(parts, request, scopes);
      if (isSame(left, before)) break;
    }
    const exits = await endContainers(parts, scopes, (await lookForContainers(parts, request, scopes)).containers);
    const sight = await lookForContainers(parts, request, scopes);
    for (const scope of scopes) if (locks.some(({ scopeId }) => scopeId === scope.id)) recordBlast(parts, scope, { left, endings, sight, exits });
    return { left, sight };
  } finally {
    for (const lock of locks) lock.release();
  }
}

function lookFor(parts: BlastParts, request: BlastRequest, scopes: readonly BlastScope[]): readonly Victim[] {
  const rows = parts.table.rows();
  return victims({ rows, marks: parts.table.marks(rows), recorded: recordedUnits(parts, scopes), isMeant: isMeantBy(parts, request, scopes), self: process.pid });
}

async function quietDaemons(parts: BlastParts, request: BlastRequest, scopes: readonly BlastScope[]): Promise<BlastReport["endedDaemons"]> {
  const ended = scopes.map(async (scope) => {
    if (await parts.daemons.stop(scope, request.project)) return [];
    const pid = await parts.daemons.end(scope);
    return pid === undefined ? [] : [{ scope: scope.id, pid }];
  });
  return (await Promise.all(ended)).flat();
}

function shown({ scope, unitId, engine, name, containerId, ports }: BlastedContainer): BlastedContainer {
  return { scope, unitId, engine, name, containerId, ports };
}

function leftFailure({ unitId, name, engine }: BlastedContainer): Failure {
  return { reason: "stop_failed", message: `${unitId} could not be ended: its container ${name} is still in the engine at ${engine}`, hint: `\`docker rm --force ${name}\` says why` };
}

function isSame(one: readonly Victim[], other: readonly Victim[]): boolean {
  return one.length === other.length && one.every(({ row }) => other.some((two) => two.row.pid === row.pid && two.row.startTime === row.startTime));
}

/** Of the scopes and the project meant, unless a unit holds out or the daemon that reserved lives and knows better. */
function releasePorts(parts: BlastParts, request: BlastRequest, scopes: readonly BlastScope[], left: readonly Victim[]): readonly number[] {
  const { stateRoot } = parts.host.paths;
  const released = reservationsBelow(stateRoot).filter((one) => {
    const isMeant = (request.allRepositories || scopes.some(({ id }) => id === one.scope)) && (request.project === undefined || one.unitId.startsWith(`${request.project}/`));
    return isMeant && parts.judge(one.daemon) === "dead" && !left.some((victim) => victim.scope === one.scope && victim.unitId === one.unitId);
  });
  const ports = released.map(({ port }) => port);
  dropReservations(stateRoot, ports);
  return ports;
}

function described(parts: BlastParts, seen: readonly Victim[]): readonly BlastedProcess[] {
  const all = seen.length === 0 ? [] : listeners();
  return seen.map(({ row, scope, unitId }): BlastedProcess => {
    const command = parts.table.describe(row.pid).command ?? "";
    return { scope, unitId, pid: row.pid, command, ports: portsHeldBy([row.pid], all), ageMs: parts.table.ageMs(row.startTime) };
  });
}

function elapsed(parts: BlastParts, begun: number): number {
  return Math.round(parts.host.clock.monotonic() - begun);
}

/** What follows when a unit ends by itself or a restart of it fails. Pure: carried out elsewhere. */
import type { EventBody } from "../model/events.ts";
import type { Failure } from "../model/failure.ts";
import { noRestarts, restartDelayMs, type RestartPolicy } from "../model/restart.ts";
import type { UnitState } from "../model/run-state.ts";
import { exitText, type Exit } from "../model/unit.ts";

/** What happened to the unit. */
export type Mishap =
  /** It was up and ended. `failure` where more is known than its exit; `logTail` are the last lines of its log. */
  | { readonly kind: "ended"; readonly exit: Exit; readonly logTail: readonly string[]; readonly failure?: Failure }
  /** A restart did not get it ready; that is recorded already. */
  | { readonly kind: "restart_failed"; readonly failure: Failure };

export interface Decision {
  readonly events: readonly EventBody[];
  /** When to start it again, milliseconds since the epoch; absent when it stays down. */
  readonly restartAtMs?: number;
}

/** `nowMs` since the epoch; `chance` from 0 to 1, for the jitter. */
export function decide(unit: UnitState, mishap: Mishap, nowMs: number, chance: number): Decision {
  const policy = unit.spec.restart ?? noRestarts;
  const failure = mishap.kind === "ended" ? (mishap.failure ?? endFailure(unit, mishap, policy)) : mishap.failure;
  const told = (why: Failure): readonly EventBody[] => (mishap.kind === "ended" ? [{ type: "unit_crashed", unitId: unit.spec.id, exit: mishap.exit, failure: why }] : []);
  if (!isRestarted(unit, mishap, policy)) return { events: told(failure) };
  const recent = unit.restarts.filter((at) => nowMs - Date.parse(at) < policy.withinMs);
  if (recent.length >= policy.max) return { events: [...told(failure), { type: "unit_failed", unitId: unit.spec.id, failure: limitFailure(unit, policy, failure) }] };
  const attempt = isStable(unit, policy, nowMs) ? 1 : unit.attempt + 1;
  const delayMs = restartDelayMs(policy, attempt, chance);
  const restarting: EventBody = { type: "unit_restarting", unitId: unit.spec.id, attempt, delayMs, dueAt: new Date(nowMs + delayMs).toISOString(), because: failure };
  return { events: [...told(failure), restarting], restartAtMs: nowMs + delayMs };
}

function isRestarted(unit: UnitState, mishap: Mishap, policy: RestartPolicy): boolean {
  if (!unit.isWanted || policy.strategy === "never") return false;
  const isSuccess = mishap.kind === "ended" && mishap.exit.kind === "code" && mishap.exit.code === 0;
  return policy.when === "always" || !isSuccess;
}

/** Ready for long enough before it ended: what went wrong earlier does not count any more. */
function isStable(unit: UnitState, policy: RestartPolicy, nowMs: number): boolean {
  return unit.life.status === "ready" && nowMs - Date.parse(unit.life.at) >= policy.stableAfterMs;
}

function endFailure(unit: UnitState, mishap: Extract<Mishap, { kind: "ended" }>, policy: RestartPolicy): Failure {
  const { id, project, name } = unit.spec;
  const again = policy.strategy === "never" ? `bring it back with \`envctl resume\`, or have it restarted (services.${name}.restart); ` : "";
  return {
    reason: "process_exited",
    message: `${id} ended by itself with ${exitText(mishap.exit)}`,
    hint: `${again}its log: \`envctl logs --project ${project} --service ${name}\``,
    logTail: mishap.logTail,
  };
}

function limitFailure(unit: UnitState, policy: RestartPolicy, cause: Failure): Failure {
  const { logTail, ...plain } = cause;
  return {
    reason: "restart_limit",
    message: `${unit.spec.id} was restarted ${policy.max} times within ${policy.withinMs / 1000} s and is given up`,
    hint: `mend it, then \`envctl start\`; services.${unit.spec.name}.restart.max and .within set the limit`,
    cause: plain,
    ...(logTail === undefined ? {} : { logTail }),
  };
}

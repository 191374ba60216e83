/** What follows when a unit ends unasked or a restart of it fails. Pure: carried out elsewhere. */
import type { EventBody } from "../model/events.ts";
import type { Failure } from "../model/failure.ts";
import { restartDelayMs, type RestartPolicy } from "../model/restart.ts";
import type { UnitState } from "../model/run-state.ts";
import type { RestartGroup } from "../model/supervision.ts";
import { exitText, type Exit, type UnitId } from "../model/unit.ts";

/** What happened to the unit. */
export type Mishap =
  /** It was up and ended. `failure` where more is known than its exit; `logTail` are the last lines of its log. */
  | { readonly kind: "ended"; readonly exit: Exit; readonly logTail: readonly string[]; readonly failure?: Failure }
  /** It was ended for being unhealthy or over a limit, or went down with the machine. */
  | { readonly kind: "put_down"; readonly exit: Exit; readonly failure: Failure; readonly mayRestart: boolean }
  /** A restart did not get it ready; that is recorded already. */
  | { readonly kind: "restart_failed"; readonly failure: Failure };

export interface Decision {
  readonly events: readonly EventBody[];
  /** When to start it again, milliseconds since the epoch; absent when it stays down. */
  readonly restartAtMs?: number;
  /** Members of its group that are ended, since it is given up and they do not work without it. */
  readonly ending: readonly UnitId[];
}

/** `nowMs` since the epoch; `chance` from 0 to 1, for the jitter. */
export function decide(unit: UnitState, mishap: Mishap, nowMs: number, chance: number): Decision {
  const failure = mishap.kind === "ended" ? (mishap.failure ?? endFailure(unit, mishap)) : mishap.failure;
  const told: readonly EventBody[] = mishap.kind === "restart_failed" ? [] : [{ type: "unit_crashed", unitId: unit.spec.id, exit: mishap.exit, failure }];
  const policy = unit.spec.restart;
  if (policy === undefined || !isRestarted(unit, mishap, policy)) return { events: told, ending: [] };
  const recent = unit.restarts.filter((at) => nowMs - Date.parse(at) < policy.withinMs);
  if (recent.length >= policy.max) return givenUp(unit, told, limitFailure(unit, policy, failure));
  const attempt = isStable(unit, policy, nowMs) ? 1 : unit.attempt + 1;
  const delayMs = restartDelayMs(policy, attempt, chance);
  const dueAt = new Date(nowMs + delayMs).toISOString();
  const restarting: EventBody = { type: "unit_restarting", unitId: unit.spec.id, attempt, delayMs, dueAt, because: failure, alongside: companions(unit) };
  return { events: [...told, restarting], restartAtMs: nowMs + delayMs, ending: [] };
}

/** Who shares the fate of a unit, in the order of their group. */
export function companions({ spec: { id, restartGroup } }: Pick<UnitState, "spec">): readonly UnitId[] {
  switch (restartGroup?.strategy) {
    case "one_for_all":
      return restartGroup.members.filter((member) => member !== id);
    case "rest_for_one":
      return restartGroup.members.slice(restartGroup.members.indexOf(id) + 1);
    case "one_for_one":
    case undefined:
      return [];
  }
}

function givenUp(unit: UnitState, told: readonly EventBody[], failure: Failure): Decision {
  const failed: EventBody = { type: "unit_failed", unitId: unit.spec.id, failure };
  const { restartGroup } = unit.spec;
  if (restartGroup === undefined) return { events: [...told, failed], ending: [] };
  const ending = companions(unit);
  const group: EventBody = { type: "group_failed", unitId: unit.spec.id, group: restartGroup.name, failure: groupFailure(unit, restartGroup, ending, failure), ended: ending };
  return { events: [...told, failed, group], ending };
}

function isRestarted(unit: UnitState, mishap: Mishap, policy: RestartPolicy): boolean {
  if (!unit.isWanted || policy.strategy === "never") return false;
  if (mishap.kind === "put_down") return mishap.mayRestart;
  const isSuccess = mishap.kind === "ended" && mishap.exit.kind === "code" && mishap.exit.code === 0;
  return policy.when === "always" || !isSuccess;
}

/** Ready for long enough before it ended: what went wrong earlier does not count any more. */
function isStable({ healthy }: UnitState, policy: RestartPolicy, nowMs: number): boolean {
  if (healthy === undefined) return false;
  const untilMs = healthy.until === undefined ? nowMs : Date.parse(healthy.until);
  return untilMs - Date.parse(healthy.since) >= policy.stableAfterMs;
}

function endFailure(unit: UnitState, mishap: Extract<Mishap, { kind: "ended" }>): Failure {
  const { id, project, name, restart } = unit.spec;
  const again = restart === undefined ? `bring it back with \`envctl resume\`, or have it restarted (services.${name}.restart); ` : "";
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

function groupFailure(unit: UnitState, group: RestartGroup, ending: readonly UnitId[], cause: Failure): Failure {
  const { logTail: _tail, ...plain } = cause;
  const consequence = ending.length === 0 ? "the others go on" : `${ending.join(", ")} ${ending.length === 1 ? "is" : "are"} ended with it`;
  return { reason: "group_failed", message: `${unit.spec.id} of restart group ${group.name} is given up: ${consequence}`, hint: "mend it, then `envctl start`", cause: plain };
}

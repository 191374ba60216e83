/** One word for a unit: what was recorded, corrected by what is true now. */
import type { UnitTruth } from "../model/facts.ts";
import { isStuck } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";

/**
 * The Python engine's words (`running`, `starting`, `stopped`, `unreachable`, `stale`, `degraded`, `unknown`) and three it lacked.
 * - `unhealthy`: lives, but fails its liveness probe.
 * - `termination_failed`: was asked to end and killed, yet something of it lives.
 * - `unreachable`: lives, but its port does not listen any more.
 * - `stale`: recorded as up, but its process is gone and nobody has noticed yet.
 * - `degraded`: recorded as failed, such as after a readiness timeout, yet it lives and listens.
 * - `restarting`: ended by itself and waits for its next start.
 * - `failed`, `blocked`: the recorded life says why.
 * - `external`: a server that is not envctl's, and answers; `unreachable` when it does not.
 */
export type ServiceWord = "running" | "starting" | "restarting" | "stopping" | "stopped" | "unreachable" | "stale" | "degraded" | "unknown" | "unhealthy" | "termination_failed" | "failed" | "blocked";
export type RequirementWord = "healthy" | "external" | "starting" | "restarting" | "stopping" | "unhealthy" | "unreachable" | "stopped" | "unknown" | "termination_failed";
export type StatusWord = ServiceWord | RequirementWord;

/** `truth` is undefined when the unit has no process to look at. */
export function statusWord(unit: Pick<UnitState, "spec" | "life" | "isWanted">, truth: UnitTruth | undefined, run?: Pick<RunState, "stoppedAt">): StatusWord {
  const word = serviceWord(unit, truth, run);
  if (unit.spec.executor === "external") return externalWord(word);
  return unit.spec.kind === "requirement" ? requirementWord(word) : word;
}

function serviceWord(unit: Pick<UnitState, "spec" | "life" | "isWanted">, truth: UnitTruth | undefined, run?: Pick<RunState, "stoppedAt">): ServiceWord {
  const { life } = unit;
  switch (life.status) {
    case "planned":
    case "preparing":
    case "starting":
      return unit.isWanted && run?.stoppedAt === undefined ? "starting" : "stopped";
    case "started":
      return livingWord(truth, "starting");
    case "ready":
      return readyWord(unit, truth);
    case "unhealthy":
      return livingWord(truth, "unhealthy");
    case "stopping":
      return truth?.state === "dead" ? "stopped" : livingWord(truth, "stopping");
    case "failed":
      if (isStuck(life) && life.failure.reason === "stop_failed") return endedLate(truth);
      return unit.spec.ports.length > 0 && truth?.state === "alive" && truth.isListening ? "degraded" : "failed";
    case "restarting":
    case "stopped":
    case "blocked":
      return life.status;
  }
}

/** It was to end: once it has, by whatever means, it is stopped. */
function endedLate(truth: UnitTruth | undefined): ServiceWord {
  return truth?.state === "alive" ? "termination_failed" : truth?.state === "dead" ? "stopped" : "unknown";
}

function livingWord(truth: UnitTruth | undefined, alive: ServiceWord): ServiceWord {
  switch (truth?.state) {
    case "alive":
      return alive;
    case "dead":
      return "stale";
    default:
      return "unknown";
  }
}

function readyWord(unit: Pick<UnitState, "spec">, truth: UnitTruth | undefined): ServiceWord {
  if (truth?.state !== "alive") return livingWord(truth, "running");
  if (unit.spec.ports.length > 0 && !truth.isListening) return "unreachable";
  return "running";
}

function externalWord(word: ServiceWord): RequirementWord {
  return word === "running" ? "external" : word === "unhealthy" ? "unreachable" : requirementWord(word);
}

function requirementWord(word: ServiceWord): RequirementWord {
  switch (word) {
    case "running":
      return "healthy";
    case "starting":
    case "restarting":
    case "stopping":
    case "stopped":
    case "unknown":
    case "unreachable":
    case "termination_failed":
      return word;
    case "unhealthy":
    case "stale":
    case "degraded":
    case "failed":
    case "blocked":
      return "unhealthy";
  }
}

/** How a word counts: `bad` words make a run unhealthy, `warn` words make it worth a look. */
export function statusGrade(word: StatusWord): "ok" | "warn" | "bad" {
  switch (word) {
    case "running":
    case "healthy":
    case "external":
      return "ok";
    case "starting":
    case "restarting":
    case "stopping":
    case "stopped":
    case "degraded":
    case "unknown":
      return "warn";
    case "unreachable":
    case "stale":
    case "unhealthy":
    case "termination_failed":
    case "failed":
    case "blocked":
      return "bad";
  }
}

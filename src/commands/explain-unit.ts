/** Why a unit is as it is: its status, its port, its order, its command. Pure. */
import type { ExplainReason } from "../contracts/reports.ts";
import type { Failure } from "../model/failure.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { exitText } from "../model/unit.ts";
import { duration } from "../ui/age.ts";
import { placeOf, portReasons, type Sources } from "./explain-port.ts";
import { shellQuoted } from "./env.ts";
import { detailOf, differencesOf, lastFailure, wordOf, type RunView } from "./run-view.ts";
import { originText } from "./show-config.ts";
import { maskedValue } from "./mask.ts";

export function unitReasons(unit: UnitState, view: RunView, sources: Sources): readonly ExplainReason[] {
  return [...statusReasons(unit, view), ...spanReasons(unit, sources), ...differenceReasons(unit, view), ...(unit.spec.executor === "external" ? [] : portReasons(unit, sources)), ...orderReasons(unit, view), ...commandReasons(unit, sources)];
}

function statusReasons(unit: UnitState, view: RunView): readonly ExplainReason[] {
  const { life, spec } = unit;
  const word = wordOf(view, unit);
  const said: ExplainReason = { topic: "status", depth: 0, text: `${spec.id} is ${word}${unit.starts > 1 ? `, started ${unit.starts} times` : ""}.` };
  switch (life.status) {
    case "ready":
      return [said, { topic: "status", depth: 1, text: `It was ready ${duration(life.startupMs)} after its start: ${life.evidence}.` }, ...restartReasons(unit, view), ...truthReason(unit, view)];
    case "failed":
      return [said, ...failureReasons(life.failure, 1), ...(life.exit === undefined ? [] : [{ topic: "status" as const, depth: 1, text: `It ended with ${exitText(life.exit)}.` }])];
    case "unhealthy":
      return [said, ...failureReasons(life.failure, 1), ...truthReason(unit, view)];
    case "restarting":
      return [said, { topic: "status", depth: 1, text: `${life.attempt === 0 ? "Its start" : `Restart ${life.attempt}`} is due at ${life.dueAt}, ${duration(life.delayMs)} after it ended.` }, ...failureReasons(life.failure, 1)];
    case "blocked":
      return [said, ...failureReasons(life.failure, 1), ...(life.failure.cause === undefined ? rootCauses(unit, view, new Set([spec.id]), 2) : [])];
    case "stopped":
      return [said, { topic: "status", depth: 1, text: `It was stopped on request at ${life.at} (${exitText(life.exit)}${life.killed.length === 0 ? "" : `; had to be killed: ${life.killed.join(", ")}`}).` }];
    case "planned":
      return [said, ...waitingFor(unit, view)];
    case "preparing":
      return [said, { topic: "status", depth: 1, text: `Its prepare step "${life.step}" runs since ${life.at}.` }];
    case "starting":
    case "started":
    case "stopping":
      return [said, ...truthReason(unit, view)];
  }
}

/** What of its last start took how long. */
function spanReasons({ spec }: UnitState, { events }: Sources): readonly ExplainReason[] {
  const own = events.filter((event) => "unitId" in event && event.unitId === spec.id);
  const lastStart = own.findLastIndex(({ type }) => type === "unit_starting");
  const before = own.findLastIndex(({ type }, index) => index < lastStart && ["unit_ready", "unit_failed", "unit_stopped"].includes(type));
  const spans = own.slice(before + 1).flatMap((event) => (event.type === "unit_span" ? [`${event.span} ${duration(event.durationMs)}`] : []));
  return spans.length === 0 ? [] : [{ topic: "status", depth: 1, text: `Its start took: ${spans.join(", ")}.` }];
}

/** Why it had to be started again, for one that runs now. */
function restartReasons(unit: UnitState, view: RunView): readonly ExplainReason[] {
  const last = unit.restarts.at(-1);
  const failure = lastFailure(view, unit);
  if (last === undefined || failure === undefined) return [];
  const times = unit.restarts.length === 1 ? "once" : `${unit.restarts.length} times`;
  return [{ topic: "status", depth: 1, text: `It was restarted ${times} since it was started, last at ${last}:` }, ...failureReasons(failure, 2)];
}

function differenceReasons({ spec }: UnitState, { state }: RunView): readonly ExplainReason[] {
  const what = differencesOf(state)[spec.id];
  const problem = state.stoppedAt === undefined ? state.configurationProblem : undefined;
  return [
    ...(what === undefined ? [] : [{ topic: "status" as const, depth: 0, text: `Its configuration differs from what runs: ${what}; \`envctl reload\` applies it.` }]),
    ...(problem === undefined ? [] : [{ topic: "status" as const, depth: 0, text: "The configuration cannot be applied; what runs goes on." }, ...failureReasons(problem, 1)]),
  ];
}

function truthReason(unit: UnitState, view: RunView): readonly ExplainReason[] {
  const detail = detailOf(view, unit);
  return detail === null ? [] : [{ topic: "status", depth: 1, text: `${detail}.` }];
}

/** A failure and what led to it, one step deeper each. */
export function failureReasons(failure: Failure, depth: number): readonly ExplainReason[] {
  return [
    { topic: "status", depth, text: failure.message, ...(failure.place === undefined ? {} : { place: { ...failure.place } }) },
    ...(failure.logTail ?? []).map((line): ExplainReason => ({ topic: "status", depth: depth + 1, text: `| ${line}` })),
    ...(failure.cause === undefined ? [] : failureReasons(failure.cause, depth + 1)),
    ...(failure.hint === undefined ? [] : [{ topic: "status" as const, depth: depth + 1, text: `→ ${failure.hint}` }]),
  ];
}

/** The units it waited for in vain, down to the ones that failed by themselves; for a failure that does not tell its cause itself. */
function rootCauses(unit: UnitState, view: RunView, seen: Set<string>, depth: number): readonly ExplainReason[] {
  return dependenciesOf(unit, view.state).flatMap((other) => {
    if (seen.has(other.spec.id) || !("failure" in other.life)) return [];
    seen.add(other.spec.id);
    return [{ topic: "status" as const, depth, text: `${other.spec.id} is ${wordOf(view, other)}.` }, ...failureReasons(other.life.failure, depth + 1), ...(other.life.failure.cause === undefined ? rootCauses(other, view, seen, depth + 1) : [])];
  });
}

function waitingFor(unit: UnitState, view: RunView): readonly ExplainReason[] {
  const missing = dependenciesOf(unit, view.state).filter((other) => other.life.status !== "ready");
  return missing.map((other) => ({ topic: "status", depth: 1, text: `It waits for ${other.spec.id}, which is ${wordOf(view, other)}.` }));
}

function dependenciesOf(unit: UnitState, state: RunState): readonly UnitState[] {
  return unit.spec.dependsOn.flatMap((unitId) => state.units[unitId] ?? []);
}

function orderReasons(unit: UnitState, view: RunView): readonly ExplainReason[] {
  const after = orderChain(unit, view, new Set([unit.spec.id]), 1);
  const dependents = Object.values(view.state.units).filter((other) => other.spec.dependsOn.includes(unit.spec.id)).map((other) => other.spec.id);
  return [
    { topic: "order", depth: 0, text: after.length === 0 ? "It starts at once: it depends on nothing." : "It starts after:" },
    ...after,
    ...(dependents.length === 0 ? [] : [{ topic: "order" as const, depth: 0, text: `${dependents.join(", ")} ${dependents.length === 1 ? "waits" : "wait"} for it; of several that are stopped, it is the last.` }]),
  ];
}

function orderChain(unit: UnitState, view: RunView, seen: Set<string>, depth: number): readonly ExplainReason[] {
  return unit.spec.dependsOn.flatMap((unitId) => {
    // Each unit once, however many others wait for it.
    if (seen.has(unitId)) return [];
    seen.add(unitId);
    const other = view.state.units[unitId];
    const line: ExplainReason = { topic: "order", depth, text: other === undefined ? `${unitId}, which is not part of this run` : `${unitId} (${wordOf(view, other)})` };
    if (other === undefined) return [line];
    return [line, ...orderChain(other, view, seen, depth + 1)];
  });
}

function commandReasons(unit: UnitState, { resolved }: Sources): readonly ExplainReason[] {
  const { spec } = unit;
  if (spec.executor === "external") return [{ topic: "command", depth: 0, text: `It is a server of somebody else's at ${spec.url ?? "an address of its own"}: envctl asks it, and never starts or stops it (${spec.requirement?.because ?? "external"}).` }];
  const shown = spec.command.map((word) => shellQuoted(maskedValue("", word))).join(" ");
  const origin = spec.kind === "service" && resolved !== undefined ? resolved.origins[`services.${spec.name}.command`] : undefined;
  const from = spec.requirement === undefined ? (origin === undefined ? "" : ` (${originText(origin)})`) : ` (requirement ${spec.requirement.adapter} ${spec.requirement.version}${spec.requirement.because === undefined ? "" : `; ${spec.requirement.because}`})`;
  const count = Object.keys(spec.env).length;
  return [
    { topic: "command", depth: 0, text: `It runs ${shown}${from}.`, ...placeOf(origin) },
    { topic: "command", depth: 1, text: `in ${spec.directory}` },
    ...(count === 0 ? [] : [{ topic: "environment" as const, depth: 1, text: `with ${count === 1 ? "1 variable" : `${count} variables`} of its own; \`envctl env ${spec.id}\` lists ${count === 1 ? "it" : "them"}` }]),
  ];
}

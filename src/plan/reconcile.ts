/** Decides, unit by unit, what an intent does to it. */
import { exitText, handleText, type UnitId, type UnitSpec } from "../model/unit.ts";
import type { KnownUnit, UnitTruth } from "../model/facts.ts";
import type { PlanNode } from "../model/plan.ts";
import { driftText } from "./drift.ts";

type Known = Readonly<Record<UnitId, KnownUnit>>;

/** Nodes of `start`: what is missing starts, what changed restarts, the rest is kept. */
export function startNodes(specs: readonly UnitSpec[], known: Known, isAfresh: boolean): readonly PlanNode[] {
  return specs.map((spec) => {
    const unit = known[spec.id];
    if (unit === undefined) return node(spec, "start", "not part of the run yet");
    const { truth } = unit;
    if (truth.state === "unknown") return node(unit.spec, "leave", truth.because);
    if (truth.state === "dead") return node(spec, "start", unit.isWanted ? `not running: it ended with ${endText(truth)}` : "was stopped on purpose");
    const evidence = evidenceOf(unit);
    if (unit.isStuck === true) return node(spec, "restart", "it could not be ended before, which is tried again first", evidence);
    if (isAfresh) return node(spec, "restart", "begins afresh (--no-resume)", evidence);
    const drift = driftText(unit.spec, spec);
    if (drift !== "") return node(spec, "restart", `changed: ${drift}`, evidence);
    return node(spec, "adopt", "lives and is unchanged", evidence);
  });
}

/** Nodes of `restart`: what is named is restarted, what it depends on is started where it is missing. */
export function restartNodes(specs: readonly UnitSpec[], named: ReadonlySet<UnitId>, known: Known): readonly PlanNode[] {
  return startNodes(specs, known, false).map((one) => {
    if (!named.has(one.unitId) || one.action !== "adopt") return one;
    return { ...one, action: "restart", because: "restart was asked for" };
  });
}

/**
 * Nodes of `resume`: what lives is adopted as it is, what is missing starts again, what was stopped on purpose is left,
 * unless something that starts needs it.
 */
export function resumeNodes(specs: readonly UnitSpec[], known: Known): readonly PlanNode[] {
  const current = new Map(specs.map((spec) => [spec.id, spec]));
  const nodes = Object.values(known).map((unit) => {
    const spec = current.get(unit.spec.id);
    const { truth } = unit;
    if (truth.state === "unknown") return node(unit.spec, "leave", truth.because);
    if (truth.state === "alive" && unit.isStuck === true) return node(unit.spec, "leave", "it could not be ended; `envctl stop` tries again", evidenceOf(unit));
    if (truth.state === "alive") return node(unit.spec, "adopt", aliveReason(unit, spec), evidenceOf(unit));
    if (!unit.isWanted) return node(unit.spec, "leave", "was stopped on purpose");
    if (unit.hasBlockedLoop === true) return node(unit.spec, "leave", "it held up the daemon's loop; `envctl start` starts it again");
    if (spec === undefined) return node(unit.spec, "leave", "its project or its configuration is gone");
    return node(spec, "start", `not running: it ended with ${endText(truth)}`);
  });
  return withNeeded(nodes, (unitId) => (known[unitId]?.truth.state === "dead" && known[unitId].isWanted === false ? current.get(unitId) : undefined));
}

/** Starts what a starting unit depends on, and so on, where `startable` has a specification for it. */
function withNeeded(nodes: readonly PlanNode[], startable: (unitId: UnitId) => UnitSpec | undefined): readonly PlanNode[] {
  const needs = new Map(nodes.filter((one) => one.action === "start").flatMap((one) => one.spec.dependsOn.map((unitId) => [unitId, one.unitId] as const)));
  const next = nodes.map((one) => {
    const [spec, dependent] = [startable(one.unitId), needs.get(one.unitId)];
    return one.action === "leave" && spec !== undefined && dependent !== undefined ? node(spec, "start", `was stopped on purpose, but ${dependent} needs it`) : one;
  });
  return next.some((one, index) => one !== nodes[index]) ? withNeeded(next, startable) : nodes;
}

function endText(truth: Extract<UnitTruth, { readonly state: "dead" }>): string {
  return truth.wentWithDaemon === true ? "the daemon it ran in" : exitText(truth.exit);
}

function aliveReason(unit: KnownUnit, spec: UnitSpec | undefined): string {
  const drift = spec === undefined ? "" : driftText(unit.spec, spec);
  return drift === "" ? "lives and is unchanged" : `lives; its configuration changed since (${drift}), \`envctl start\` applies it`;
}

/** Nodes of `stop`: what lives ends, before what it depends on. */
export function stopNodes(targets: ReadonlySet<UnitId>, known: Known, because: string): readonly PlanNode[] {
  return Object.values(known)
    .filter((unit) => targets.has(unit.spec.id))
    .map((unit) => {
      if (unit.truth.state === "unknown") return node(unit.spec, "leave", unit.truth.because);
      if (unit.truth.state === "alive") return node(unit.spec, "stop", because, evidenceOf(unit));
      // Else a later resume would bring it back.
      return unit.isWanted ? node(unit.spec, "stop", "is not running, and no longer wanted") : node(unit.spec, "leave", "is not running");
    });
}

/** Nodes of living units that lose what they depend on: a stop ends what it names and nothing else. */
export function leftWithout(ending: ReadonlySet<UnitId>, known: Known): readonly PlanNode[] {
  return Object.values(known).flatMap(({ spec, truth }) => {
    const lost = spec.dependsOn.filter((id) => ending.has(id) && known[id]?.truth.state === "alive");
    return lost.length === 0 || truth.state !== "alive" || ending.has(spec.id) ? [] : [node(spec, "leave", `goes on running without ${lost.join(", ")}`)];
  });
}

/** Living units of the projects that the configuration does not name any more. */
export function droppedNodes(configured: ReadonlySet<UnitId>, projects: ReadonlySet<string>, known: Known): readonly PlanNode[] {
  const dropped = Object.values(known).filter((unit) => projects.has(unit.spec.project) && !configured.has(unit.spec.id) && unit.truth.state === "alive");
  return dropped.map((unit) => node(unit.spec, "stop", "no longer configured", evidenceOf(unit)));
}

/** The process a decision about a living unit rests on; a server that is not ours has none. */
export function evidenceOf(unit: KnownUnit): string | undefined {
  if (unit.truth.state !== "alive") return "";
  const { handle } = unit.truth;
  if (handle.inside === "external") return undefined;
  const since = handle.inside === "container" ? handle.startedAt : `${handle.startTime} of this boot`;
  return `${handleText(handle)} started at ${since}, spec ${unit.spec.hash}`;
}

/** A node that starts after what its unit depends on. */
export function node(spec: UnitSpec, action: PlanNode["action"], because: string, evidence?: string): PlanNode {
  return { unitId: spec.id, action, because, spec, after: spec.dependsOn, ...(evidence === undefined ? {} : { evidence }) };
}

/** What a reload does, unit by unit: only what the configuration says otherwise than before is touched. */
import type { KnownUnit } from "../model/facts.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import type { UnitId, UnitSpec } from "../model/unit.ts";
import { driftText, keptText } from "./drift.ts";
import { evidenceOf, node } from "./reconcile.ts";

type Known = Readonly<Record<UnitId, KnownUnit>>;

const same = "its configuration is unchanged";

/**
 * Nodes of `reload`: what changed restarts, what is new starts, what the configuration no longer has stops. Everything
 * else is left as it is, whether it runs or not. `projects` are those the reload is about.
 */
export function reloadNodes(specs: readonly UnitSpec[], projects: ReadonlySet<string>, known: Known): readonly PlanNode[] {
  const configured = new Set(specs.map((spec) => spec.id));
  const removed = Object.values(known).filter((unit) => projects.has(unit.spec.project) && !configured.has(unit.spec.id));
  return [...specs.map((spec) => reloadNode(spec, known[spec.id])), ...removed.map(removedNode)];
}

function reloadNode(spec: UnitSpec, unit: KnownUnit | undefined): PlanNode {
  if (unit === undefined) return node(spec, "start", "not part of the run yet");
  const { truth } = unit;
  if (truth.state === "unknown") return node(unit.spec, "leave", truth.because);
  if (!unit.isWanted) return node(unit.spec, "leave", "was stopped on purpose");
  const drift = driftText(unit.spec, spec);
  // One that is down begins anew as well: a start of it that is under way has the old specification.
  if (drift !== "") return truth.state === "alive" ? node(spec, "restart", `changed: ${drift}`, evidenceOf(unit)) : node(spec, "restart", `changed: ${drift}`);
  if (truth.state === "dead") return node(unit.spec, "leave", `is not running; ${same}`);
  const kept = keptText(unit.spec, spec);
  return node(spec, "adopt", kept === "" ? same : `changed: ${kept} (no restart needed)`, evidenceOf(unit));
}

function removedNode(unit: KnownUnit): PlanNode {
  const { truth } = unit;
  if (truth.state === "unknown") return node(unit.spec, "leave", truth.because);
  if (!unit.isWanted) return node(unit.spec, "leave", "was stopped on purpose");
  return truth.state === "alive" ? node(unit.spec, "stop", "no longer configured", evidenceOf(unit)) : node(unit.spec, "stop", "no longer configured");
}

/** What a reload would change, in words; empty when the configuration agrees with what runs. */
export function differences({ nodes }: Pick<Plan, "nodes">): Readonly<Record<UnitId, string>> {
  const changing = nodes.filter(({ action, because }) => action !== "leave" && because !== same);
  return Object.fromEntries(changing.map(({ unitId, because }) => [unitId, because]));
}

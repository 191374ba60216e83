/** A plan as text: what will be done to each unit, and why. */
import type { Plan } from "../model/plan.ts";
import { mainPort } from "../model/unit.ts";
import { holderText } from "./event-line.ts";
import { table } from "./table.ts";

export function planLines(plan: Plan): readonly string[] {
  const rows = plan.nodes.map((node) => [node.action, node.unitId, String(mainPort(node.spec) ?? "-"), node.because]);
  return [
    `Plan ${plan.hash} for ${plan.intent} (${plan.mode} mode)`,
    "",
    ...(rows.length === 0 ? ["Nothing to do."] : table(["ACTION", "UNIT", "PORT", "BECAUSE"], rows)),
    ...engineLines(plan),
    ...plan.portMoves.map((move) => `Port ${move.requested} of ${move.unitId} is taken by ${holderText(move.holder)}; ${move.port} is used instead.`),
    ...(plan.destructive.length === 0 ? [] : ["", `Ends processes of: ${plan.destructive.join(", ")}`]),
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
}

/** Which engine every requirement runs with and why, once for projects that agree; what one consists of runs where it does. */
function engineLines({ nodes }: Plan): readonly string[] {
  const lines = nodes.flatMap(({ action, spec: { name, requirement } }) => {
    if (requirement?.engine === undefined || requirement.because === undefined || requirement.adapter !== name || action === "stop") return [];
    return [`Engine of ${requirement.adapter}: ${requirement.engine} (${requirement.because})`];
  });
  return [...new Set(lines)];
}

/** `npm run bench -- [--only NAME] [--runs N] [--idle-seconds N] [--no-gate] [--json]`: one table; ends with 1 when a goal is missed. */
import { parseArgs } from "node:util";
import { makeStage } from "./bench-stage.mjs";
import { adoptRow } from "./rows/adopt.mjs";
import { cloneRow } from "./rows/clone.mjs";
import { containersRow } from "./rows/containers.mjs";
import { freshWorktreeRow } from "./rows/fresh-worktree.mjs";
import { hostileRow } from "./rows/hostile.mjs";
import { idleRow } from "./rows/idle.mjs";
import { leftoversRow } from "./rows/leftovers.mjs";
import { listenersRow } from "./rows/listeners.mjs";
import { logRow } from "./rows/log.mjs";
import { plansRow } from "./rows/plans.mjs";
import { queriesRow } from "./rows/queries.mjs";
import { queueRow } from "./rows/queue.mjs";
import { restartRow } from "./rows/restart.mjs";
import { runRow } from "./rows/run.mjs";
import { scheduleRow } from "./rows/schedule.mjs";
import { servicesRow } from "./rows/services.mjs";
import { startStopRow } from "./rows/start-stop.mjs";
import { tenWorktreesRow } from "./rows/ten-worktrees.mjs";
import { versionRow } from "./rows/version.mjs";

const rows = [versionRow, queriesRow, startStopRow, restartRow, freshWorktreeRow, tenWorktreesRow, plansRow, cloneRow, logRow, idleRow, adoptRow, leftoversRow, scheduleRow, queueRow, runRow, servicesRow, listenersRow, hostileRow, containersRow];
const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    runs: { type: "string", default: "7" },
    "idle-seconds": { type: "string", default: "10" },
    "no-gate": { type: "boolean" },
    json: { type: "boolean" },
  },
});
const unknown = (values.only ?? []).find((name) => rows.every((row) => row.name !== name));
if (unknown !== undefined) {
  console.error(`no row "${unknown}"; there are ${rows.map((row) => row.name).join(", ")}`);
  process.exit(1);
}

const results = [];
for (const row of rows) if (values.only?.includes(row.name) ?? true) results.push(...(await measured(row)));
console.log(values.json ? JSON.stringify(results, undefined, 2) : tableText(results));
process.exitCode = values["no-gate"] || results.every(({ ok }) => ok) ? 0 : 1;

/** Every row has a stage of its own, so none starts with what another left. */
async function measured(row) {
  console.error(`… ${row.about}`);
  const stage = makeStage({ runs: Number(values.runs), idleSeconds: Number(values["idle-seconds"]) });
  try {
    return (await row.run(stage)).map((result) => ({ ...result, ok: isMet(result) }));
  } catch (error) {
    return [{ what: row.name, error: error.message, ok: false }];
  } finally {
    stage.remove();
  }
}

function isMet({ ours, floor, goal }) {
  if (goal.above !== undefined) return ours - floor <= goal.above;
  return goal.ratio === undefined ? ours <= goal.most : ours / floor <= goal.ratio;
}

function tableText(list) {
  const errors = list.filter(({ error }) => error !== undefined).map(({ what, error }) => `\n${what}: ${error}`);
  const cells = [["", "envctl", "floor", "ratio", "goal", ""], ...list.map(cellsOf)];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join("   ").trimEnd()).concat(errors).join("\n");
}

function goalText({ ratio, above, most }, unit) {
  if (above !== undefined) return `≤ floor + ${above} ${unit}`;
  return ratio === undefined ? `≤ ${most} ${unit}` : `≤ ${ratio} ×`;
}

function cellsOf({ what, ours, floor, unit, goal, ok, error }) {
  if (error !== undefined) return [what, "", "", "", "", "FAILED"];
  const amount = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ${unit}`;
  const ratio = floor === undefined ? "" : `${(ours / floor).toFixed(2)} ×`;
  return [what, amount(ours), floor === undefined ? "" : amount(floor), ratio, goalText(goal, unit), ok ? "ok" : "MISSED"];
}

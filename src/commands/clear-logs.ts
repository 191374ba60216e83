/** `clear-logs`: empties log files in place. Units append, so running ones simply go on at the beginning. */
import { stat, truncate } from "node:fs/promises";
import type { CommandBody } from "../cli/command.ts";
import type { ClearLogsReport } from "../contracts/reports.ts";
import { exitCodes } from "../model/failure.ts";
import { byteSize } from "../ui/age.ts";
import { table } from "../ui/table.ts";
import { logPathOf, requireRunView } from "./run-view.ts";
import { selectedUnits } from "./targets.ts";

type Cleared = ClearLogsReport["services"][number];

export const body: CommandBody<ClearLogsReport> = {
  async run(input, runtime) {
    const { state } = requireRunView(runtime);
    const isDryRun = input.flags["dry-run"] === true;
    const services = await Promise.all(selectedUnits(state, input).map((unit) => cleared(unit.spec.id, logPathOf(runtime, state, unit), isDryRun)));
    const count = (result: Cleared["result"]): number => services.filter((one) => one.result === result).length;
    const summary = { cleared: count("cleared"), missing: count("missing"), unavailable: count("unavailable"), failed: count("failed") };
    return { run_id: state.runId, mode: state.mode, summary, services, ok: summary.failed + summary.unavailable === 0 };
  },
  text: (report) => table([], report.services.map((one) => [one.name, one.result, one.reason ?? (one.result === "cleared" ? byteSize(one.freed_bytes) : "")])),
  exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
};

async function cleared(name: string, path: string, isDryRun: boolean): Promise<Cleared> {
  const base = { name, log_path: path, freed_bytes: 0, reason: null };
  try {
    const found = await stat(path);
    if (!found.isFile()) return { ...base, result: "unavailable", reason: "it is not a file" };
    if (!isDryRun) await truncate(path, 0);
    return { ...base, result: "cleared", freed_bytes: found.size };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return isMissing ? { ...base, result: "missing" } : { ...base, result: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

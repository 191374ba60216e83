/** `clear-logs`: empties log files in place, pieces and index with them. Units append, so running ones simply go on at the beginning. */
import { readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { CommandBody } from "../cli/command.ts";
import type { ClearLogsReport } from "../contracts/log-reports.ts";
import { exitCodes } from "../model/failure.ts";
import { encodedEntries } from "../model/log-index.ts";
import { indexNameOf, pieceNameOf, piecesAmong, type LogPiece } from "../model/log-pieces.ts";
import { byteSize } from "../ui/age.ts";
import { table } from "../ui/table.ts";
import { logPathOf, requireRunView } from "./run-view.ts";
import { droppedBytes } from "./stored-log.ts";
import { selectedUnits } from "./targets.ts";

type Cleared = ClearLogsReport["services"][number];

export const body: CommandBody<ClearLogsReport> = {
  async run(input, runtime) {
    const { state, nowMs } = requireRunView(runtime);
    const isDryRun = input.flags["dry-run"] === true;
    const services = await Promise.all(selectedUnits(state, input).map((unit) => cleared(unit.spec.id, logPathOf(runtime, state, unit), isDryRun, nowMs)));
    const count = (result: Cleared["result"]): number => services.filter((one) => one.result === result).length;
    const summary = { cleared: count("cleared"), missing: count("missing"), unavailable: count("unavailable"), failed: count("failed") };
    return { run_id: state.runId, mode: state.mode, summary, services, ok: summary.failed + summary.unavailable === 0 };
  },
  text: (report) => table([], report.services.map((one) => [one.name, one.result, one.reason ?? (one.result === "cleared" ? byteSize(one.freed_bytes) : "")])),
  exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
};

async function cleared(name: string, path: string, isDryRun: boolean, nowMs: number): Promise<Cleared> {
  const base = { name, log_path: path, freed_bytes: 0, reason: null };
  try {
    const found = await stat(path);
    if (!found.isFile()) return { ...base, result: "unavailable", reason: "it is not a file" };
    const pieces = piecesAmong(await readdir(dirname(path)), basename(path));
    const keptFrom = Math.min(found.size, pieces[0]?.start ?? droppedBytes(path));
    if (!isDryRun) await empty(path, pieces, nowMs);
    return { ...base, result: "cleared", freed_bytes: found.size - keptFrom };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return isMissing ? { ...base, result: "missing" } : { ...base, result: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The log last: what a daemon finds then is complete again. */
async function empty(path: string, pieces: readonly LogPiece[], nowMs: number): Promise<void> {
  for (const piece of pieces) await rm(pieceNameOf(path, piece), { force: true });
  await writeFile(indexNameOf(path), encodedEntries([{ offset: 0, fromMs: nowMs, toMs: nowMs }]), { mode: 0o600 });
  await truncate(path, 0);
}

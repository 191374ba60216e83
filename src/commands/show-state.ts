/** `show-state`: the artifacts of the latest run, as they are on disk. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody } from "../cli/command.ts";
import type { ShowStateReport } from "../contracts/reports.ts";
import { exitCodes } from "../model/failure.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { noRun } from "../ui/words.ts";
import { maskedContent, maskedState, secretNamesIn } from "./mask.ts";
import { runView } from "./run-view.ts";

export const body: CommandBody<ShowStateReport> = {
  async run(_input, runtime) {
    const view = runView(runtime);
    const path = join(runtime.scope.root, "run_state.json");
    const base = { runtime_root: runtime.scope.root, run_state_path: path, legacy: (await runtime.legacyState()) ?? null };
    if (view === undefined) return { ...base, found: false, mode: null, state: null, runtime_map: null, run: null, cwd_project: null, warnings: [...runtime.repository.elsewhere()] };
    const names = secretNamesIn(view.state);
    const content = (artifact: Artifact): Artifact["content"] => (artifact.content === null ? null : maskedContent(artifact.content, names));
    const artifacts = [readArtifact(path), readArtifact(join(runtime.scope.root, "runtime_map.json"))] as const;
    return {
      ...base,
      found: true,
      mode: view.state.mode,
      state: content(artifacts[0]),
      runtime_map: content(artifacts[1]),
      run: maskedState(view.state),
      cwd_project: view.cwdProject ?? null,
      warnings: [...view.problems, ...artifacts.flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]))],
    };
  },
  text: (report) => {
    const legacy = report.legacy === null ? [] : legacyLines(report.legacy);
    if (!report.found || report.run === null) return legacy.length > 0 ? legacy : failureLines(noRun(report.warnings));
    const { run } = report;
    return [
      `run ${run.runId}, mode ${run.mode}, ${Object.keys(run.projects).length} projects, ${Object.keys(run.units).length} units, ${run.seq} events`,
      `state: ${report.run_state_path}`,
      ...report.warnings.map((warning) => `warning: ${warning}`),
      ...legacy,
    ];
  },
  exit: (report) => (report.found || report.legacy !== null ? exitCodes.ok : exitCodes.failure),
};

function legacyLines({ path, run_id, mode, services, requirements }: NonNullable<ShowStateReport["legacy"]>): readonly string[] {
  return [
    `legacy: run ${run_id ?? "without an id"} of the Python engine, mode ${mode ?? "unknown"}; it is only shown, and never acted on`,
    ...services.map(({ name, status, port, pid, lives }) => `  ${name}: ${lives ? `pid ${pid} lives` : "gone"}${port === null ? "" : `, port ${port}`} (recorded as ${status ?? "unknown"})`),
    ...requirements.map((name) => `  ${name}`),
    `legacy state: ${path}`,
  ];
}

interface Artifact {
  readonly content: Record<string, unknown> | null;
  readonly trouble?: string;
}

/** A damaged view is told, not fatal: the run itself is read from its log. */
function readArtifact(path: string): Artifact {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(content) ? { content } : { content: null, trouble: `${path} does not hold an object` };
  } catch (error) {
    return { content: null, trouble: `${path} could not be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function isRecord(content: unknown): content is Record<string, unknown> {
  return typeof content === "object" && content !== null && !Array.isArray(content);
}

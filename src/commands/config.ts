/** `config`: makes and changes the repository's `.envctl`. Whatever is written was judged as a whole before, and is shown as a difference. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { Detection } from "../config/detect/proposal.ts";
import type { ConfigWorkbench, Draft } from "../config/workbench.ts";
import type { ConfigReport } from "../contracts/config-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { SetupAnswers } from "../model/setup.ts";
import type { EngineRuntime } from "../runtime.ts";
import { diffLines } from "../ui/diff.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { firstState, type Review } from "../ui/setup-view.ts";
import { configurationExists, configurationUnasked, editorFailed, nothingDetected } from "../ui/words.ts";

type Action = ConfigReport["action"];
type Runtime = Pick<EngineRuntime, "checkout" | "configFile" | "host">;

export const body: CommandBody<ConfigReport> = {
  async run(input, runtime) {
    const bench = await runtime.configFile(input.flags["detect"] === true || input.isInteractive);
    if (input.flags["detect"] === true) return detected(input, runtime, bench);
    const [action] = input.args;
    if (action === "migrate") return written(action, bench, bench.migrate(), input);
    if (action === "edit") return edited(input, runtime, bench);
    const draft = changedBy(input, bench);
    if (draft !== undefined) return written("set", bench, draft, input);
    if (input.isInteractive) return asked(input, bench);
    throw new UserError(configurationUnasked());
  },
  text: reportLines,
};

/** The setup at a terminal: what was found or is configured, to be changed, and a review before anything is written. */
async function asked(input: CommandInput, bench: ConfigWorkbench): Promise<ConfigReport> {
  const { askForSetup } = await import("../cli/setup-screen.tsx");
  const title = bench.isEmpty ? `A first configuration for ${bench.path}` : bench.path;
  const review = (answers: SetupAnswers): Review => reviewOf(bench, answers);
  const answers = await askForSetup(firstState(title, bench.answers()), review, input.signal);
  if (answers === undefined) return reportOf("wizard", bench, { text: bench.current ?? "", notes: [] }, { saved: false });
  return written("wizard", bench, bench.answered(answers), input);
}

function reviewOf(bench: ConfigWorkbench, answers: SetupAnswers): Review {
  try {
    const { text } = bench.answered(answers);
    return { diff: diffLines(bench.current ?? "", text), problems: bench.problems(text).flatMap(failureLines) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { diff: [], problems: error.failures.flatMap(failureLines) };
  }
}

/** What flags and standard input ask for; undefined when they ask for nothing. */
function changedBy(input: CommandInput, bench: ConfigWorkbench): Draft | undefined {
  const [assignments, removed] = [listOf(input.flags["set"]), listOf(input.flags["unset"])];
  if (input.flags["stdin-json"] === true) return bench.merge(readFileSync(0, "utf8"));
  return assignments.length + removed.length === 0 ? undefined : bench.set(assignments, removed);
}

/** Never over an existing file, however it came to be there, unless it says nothing; its comments stay on top. */
function detected(input: CommandInput, runtime: Runtime, bench: ConfigWorkbench): ConfigReport {
  const { detection, ...draft } = bench.propose();
  const isWriting = input.flags["write"] === true && input.flags["dry-run"] !== true;
  if (!isWriting) return reportOf("detect", bench, { ...draft, text: draft.text }, { saved: false, detection });
  if (!bench.isEmpty) throw new UserError(configurationExists(bench.path), exitCodes.conflict);
  if (detection.services.length === 0) throw new UserError(nothingDetected(runtime.checkout.repository));
  bench.write(draft.text);
  return reportOf("detect", bench, draft, { saved: true, detection });
}

/** The person's editor on a copy, so that a half-finished or wrong text is never the configuration. */
function edited(input: CommandInput, runtime: Runtime, bench: ConfigWorkbench): ConfigReport {
  const { VISUAL, EDITOR } = runtime.host.environment;
  const editor = [VISUAL, EDITOR].find((one) => one !== undefined && one !== "") ?? "vi";
  const directory = mkdtempSync(join(tmpdir(), "envctl-edit-"));
  const copy = join(directory, "envctl.yaml");
  writeFileSync(copy, bench.current ?? bench.propose().text, { mode: 0o600 });
  const { status } = process.getBuiltinModule("node:child_process").spawnSync("/bin/sh", ["-c", `${editor} "$1"`, "sh", copy], { stdio: "inherit", env: runtime.host.environment });
  if (status !== 0) throw new UserError(editorFailed(editor, status, copy));
  const text = readFileSync(copy, "utf8");
  const problems = bench.problems(text);
  if (problems.length > 0) throw new UserError([...problems, editorFailed(editor, undefined, copy)]);
  rmSync(directory, { recursive: true });
  return written("edit", bench, { text, notes: [] }, input);
}

/** A text with problems is never written. */
function written(action: Action, bench: ConfigWorkbench, draft: Draft, input: CommandInput): ConfigReport {
  const problems = bench.problems(draft.text);
  if (problems.length > 0) throw new UserError(problems);
  const saved = draft.text !== bench.current && input.flags["dry-run"] !== true;
  if (saved) bench.write(draft.text);
  return reportOf(action, bench, draft, { saved });
}

/** The report about a draft that was written, or only shown. */
function reportOf(action: Action, bench: ConfigWorkbench, draft: Draft, { saved, detection }: { readonly saved: boolean; readonly detection?: Detection }): ConfigReport {
  return {
    action,
    saved,
    path: bench.path,
    content: draft.text,
    diff: [...diffLines(bench.current ?? "", draft.text)],
    services: (detection?.services ?? []).map(({ name, dir, command, basePort, reason, guess }) => ({ name, dir, command: typeof command === "string" ? command : [...command], port: basePort, reason, guess: guess ?? null })),
    requirements: (detection?.requirements ?? []).map(({ name, reason }) => ({ name, reason })),
    notes: [...draft.notes],
  };
}

function reportLines(report: ConfigReport): readonly string[] {
  if (report.action === "detect" && !report.saved) return [report.content.trimEnd()];
  const notes = report.notes.map((note) => `note: ${note}`);
  if (report.action === "detect") {
    const services = report.services.map(({ name, reason, guess }) => `${name}: ${reason}${guess === null ? "" : `\n  a guess: ${guess}`}`);
    const requirements = report.requirements.map(({ name, reason }) => `${name}: ${reason}`);
    return [...services, ...requirements, ...notes, `wrote ${report.path}`, "  → Look it over, then run: envctl start"];
  }
  if (report.action === "wizard") return report.saved ? [`wrote ${report.path}`, "  → envctl start"] : ["nothing was written"];
  if (report.diff.length === 0) return [`${report.path} says so already; nothing was written`];
  return [...report.diff, ...notes, report.saved ? `wrote ${report.path}` : "nothing was written"];
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What `suite` says to a person. */
import type { SuiteReport } from "../contracts/suite-report.ts";
import { duration } from "./age.ts";
import { failureLines } from "./failure-lines.ts";
import { table } from "./table.ts";

type RunReport = Extract<SuiteReport, { readonly action: "run" }>;
type PlanReport = Extract<SuiteReport, { readonly action: "plan" }>;

export function suiteLines(report: SuiteReport): readonly string[] {
  switch (report.action) {
    case "list-configs":
      return report.suites.map(({ listed }) => listed).toSorted();
    case "list":
      return report.suites.length === 0 ? ["There are no suites: write .envctl.d/suites/NAME.yaml, or put exp_NAME files into .envctl.d/suites/suite_NAME."] : table(["SUITE", "FILE"], report.suites.map(({ name, file, folder }) => [name, file ?? folder ?? ""]));
    case "plan":
      return planLines(report);
    case "run":
      return runLines(report);
  }
}

function planLines({ config, directory, own_project: isOwn, services, units, settings, environment, scripts }: PlanReport): readonly string[] {
  const started = `${services === null ? "what a worktree starts: " : ""}${units.join(", ")}`;
  return [
    `config: ${config}`,
    `directory: ${directory}`,
    `project: ${isOwn ? `its own, thrown away afterwards, with ${started}` : "none: no services are asked for"}`,
    ...pairLines("settings", settings),
    ...pairLines("environment", environment),
    "scripts:",
    ...scripts.map(({ name, command, trouble, requires }) => `  ${name}: ${trouble ?? command.join(" ")}${requires.length === 0 ? "" : `   (after ${requires.join(", ")})`}`),
  ];
}

function pairLines(heading: string, pairs: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries(pairs).map(([name, text]) => `  ${name}=${text}`);
  return lines.length === 0 ? [] : [`${heading}:`, ...lines];
}

function runLines(report: RunReport): readonly string[] {
  const { suite, results, counts, shown, is_interrupted: isInterrupted, not_run: notRun, failures } = report;
  const rows = results.map(({ name, status, duration_ms: ms, reason }) => [status, name, duration(ms), status === "PASS" ? "" : (reason ?? "")]);
  const numbers = Object.entries(counts).filter(([, count]) => count > 0).map(([status, count]) => `${count} ${status}`);
  return [
    ...(shown === "detail" ? [] : table(["STATUS", "SCRIPT", "TIME", "WHY"], rows)),
    ...results.flatMap(({ name, status, reason, output }) => (output.length === 0 ? [] : ["", `${status} ${name}${reason === null ? "" : `: ${reason}`}`, ...output.map((line) => `  | ${line}`)])),
    "",
    `${suite}: ${numbers.length === 0 ? "nothing was run" : numbers.join(", ")} in ${duration(report.duration_ms)}; outputs in ${report.directory}${report.process_logs === null ? "" : `, logs of its processes in ${report.process_logs}`}`,
    ...(isInterrupted ? [`Not run: ${notRun.join(", ")}. \`envctl suite run ${suite} --resume\` finishes it.`] : []),
    ...failures.flatMap((failure) => ["", ...failureLines(failure)]),
  ];
}

/** `autostart [list|reload]`: what the daemon begins by itself. The list is read from files; no daemon is started for it. */
import type { CommandBody } from "../cli/command.ts";
import type { AutostartReport } from "../contracts/autostart-report.ts";
import type { AutostartManifest, AutostartState } from "../model/autostart.ts";
import { exitCodes } from "../model/failure.ts";
import type { Job } from "../model/job.ts";
import { table } from "../ui/table.ts";
import { autostartManifests } from "./autostart-file.ts";
import { jobLine } from "./job-orders.ts";

type Row = AutostartReport["autostarts"][number];

export const body: CommandBody<AutostartReport> = {
  run: async (input, runtime) => {
    const action = input.args[0] === "reload" ? "reload" : "list";
    if (action === "reload") await jobLine(runtime)({ action: "reload" }, input.signal);
    const files = await runtime.jobs();
    const [jobs, states] = [await files.load(), runtime.isSupervised() ? files.autostarts() : {}];
    const autostarts = autostartManifests(runtime).map((manifest) => rowOf(manifest, states[manifest.name], jobs));
    return { action, ok: autostarts.every(({ status }) => !["degraded", "untrusted", "invalid"].includes(status)), autostarts };
  },
  text: ({ autostarts }) => (autostarts.length === 0 ? ["Nothing begins by itself: there is no file in .envctl.d/autostart."] : table(["name", "mode", "status", "next", "last job", ""], autostarts.map(cellsOf))),
  exit: ({ ok }) => (ok ? exitCodes.ok : exitCodes.failure),
};

function rowOf({ name, path, policy, failure }: AutostartManifest, state: AutostartState | undefined, jobs: readonly Job[]): Row {
  return {
    name,
    path,
    mode: policy?.mode ?? null,
    status: policy === undefined ? "invalid" : (state?.status ?? "off"),
    restarts: state?.restarts ?? 0,
    next_at: state?.nextMs === undefined ? null : new Date(state.nextMs).toISOString(),
    tid: jobs.findLast(({ spec }) => spec.autostart === name)?.id ?? null,
    error: failure ?? state?.failure ?? null,
  };
}

function cellsOf({ name, mode, status, next_at: next, tid, error }: Row): readonly string[] {
  return [name, mode ?? "", status, next ?? "", tid?.slice(-10) ?? "", error === null ? "" : [error.message, error.hint].filter((text) => text !== undefined).join("; ")];
}

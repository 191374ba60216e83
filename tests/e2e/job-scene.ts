/** A repository with one service, and what tests of jobs look at. */
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { isAlive } from "../rig/processes.ts";
import type { Outcome } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene, type SceneOptions } from "./scene.ts";

export interface JobScene extends Scene {
  /** The only job that is not hidden by --pattern, as `job status` tells it. */
  job(id: string): Promise<JobRow>;
  /** Starts a job in the background and answers its id once it has begun. */
  begun(id: string): Promise<JobRow>;
  submitted(...args: readonly string[]): Promise<string>;
  daemonPid(): Promise<number>;
  /** kill -9, and waits until it is gone. */
  killDaemon(): Promise<void>;
}

/** Removed, with everything of it, when the test ends. */
export async function jobScene(options: SceneOptions = {}): Promise<JobScene> {
  const shop = await scene((port) => ({ services: { web: { command: ["sleep", "600"], port, env: { GREETING: "hello from web" } } } }), options);
  const job = async (id: string): Promise<JobRow> => ((await shop.envctl(["job", "status", id, "--json"])).json() as { readonly jobs: readonly JobRow[] }).jobs[0] as JobRow;
  const daemonPid = async (): Promise<number> => Number((await shop.envctl(["daemon", "status", "--json"])).at("pid"));
  return {
    ...shop,
    job,
    begun: (id) => eventually(async () => job(id).then((row) => row.status === "running" && row.pid !== null && row), `the beginning of ${id}`),
    submitted: async (...args) => (await shop.envctl(["run", "--no-wait", ...args])).stdout.trim(),
    daemonPid,
    killDaemon: async () => {
      const pid = await daemonPid();
      sendSignal(pid, "SIGKILL");
      await eventually(() => !isAlive(pid), "the end of the daemon");
    },
  };
}

/** The exit code and the first line of standard error. */
export function exitAndErrors({ code, stderr }: Outcome): readonly unknown[] {
  return [code, stderr.split("\n")[0]];
}

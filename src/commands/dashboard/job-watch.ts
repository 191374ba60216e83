/** Jobs for the dashboard: read anew when the daemon noted a transition, and the end of what one of them wrote. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { JobRow } from "../../contracts/job-reports.ts";
import type { Repository } from "../../sdk/api.ts";
import { byInterest, jobUnderCursor } from "../../ui/dashboard/jobs-pane.ts";
import type { Place } from "../../ui/dashboard/place.ts";
import type { ShownLine } from "../../ui/dashboard/world.ts";
import type { DashboardRuntime } from "./dashboard-parts.ts";
import { watchGrowth } from "./log-watch.ts";
import { windowBefore } from "./log-windows.ts";
import { paced } from "./pace.ts";

export interface JobWatch {
  seen(): { readonly jobs: readonly JobRow[]; readonly jobLines: readonly ShownLine[] };
  /** The job under the cursor is on the screen. */
  look(place: Place): void;
  /** Looks where watching may miss something. */
  tick(): void;
  /** One runs, so that time shows. */
  isBusy(): boolean;
  /** Where a job's standard output is; undefined for one that never ran. */
  outputOf(jobId: string): string | undefined;
  close(): void;
}

const leastMs = 300;
const tailCount = 200;

/** `onChange` is told when something is known that was not before. */
export function openJobWatch(runtime: Pick<DashboardRuntime, "host" | "scope">, repository: Repository, onChange: () => void): JobWatch {
  const transitions = join(runtime.scope.jobs, "events.jsonl");
  let [rows, lines]: [readonly JobRow[], readonly ShownLine[]] = [[], []];
  let shown: string | undefined;
  let paths: Readonly<Record<string, readonly string[]>> = {};
  const work = async (): Promise<void> => {
    // Where no job ever was there is nothing to load anything for.
    const sizeBefore = sizeOf(transitions);
    if (sizeBefore === undefined) return void watch.arm([transitions]);
    const [known, { jobRow }] = await Promise.all([repository.jobs(), import("../job-rows.ts")]);
    rows = byInterest(known.map(jobRow));
    paths = Object.fromEntries(known.map((job) => [job.id, job.outputs]));
    watch.arm([transitions, ...(paths[shown ?? ""] ?? [])]);
    if (sizeOf(transitions) !== sizeBefore) pace.ask();
    lines = await tailOf(paths[shown ?? ""] ?? []);
    onChange();
  };
  const pace = paced({ work, clock: runtime.host.clock, leastMs, rest: 4 });
  const watch = watchGrowth(() => pace.ask());
  pace.ask(true);
  return {
    seen: () => ({ jobs: rows, jobLines: lines }),
    look: (place) => {
      const job = place.view === "jobs" ? jobUnderCursor({ jobs: rows }, place)?.tid : undefined;
      if (job === shown) return;
      [shown, lines] = [job, []];
      pace.ask(true);
    },
    tick: () => watch.sweep(),
    isBusy: () => rows.some(({ status }) => status === "running"),
    outputOf: (jobId) => paths[jobId]?.[0],
    close: () => (pace.close(), watch.close()),
  };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

async function tailOf(paths: readonly string[]): Promise<readonly ShownLine[]> {
  const parts = await Promise.all(paths.map((path) => windowBefore({ sources: [{ unitId: path, path }], bornMs: 0, count: tailCount })));
  return parts.flatMap(({ window }) => window.lines);
}

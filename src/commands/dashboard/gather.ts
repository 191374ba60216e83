/** Gathers everything the dashboard shows. Each part is looked at when it may have changed, and only while it is on the screen. */
import type { CommandInput, CommandSpec } from "../../cli/command.ts";
import type { StatusReport } from "../../contracts/reports.ts";
import type { UnitStatus } from "../../model/lifecycle.ts";
import { comparedUnits } from "../../ui/dashboard/compare-pane.ts";
import { healthShares } from "../../ui/dashboard/health-history.ts";
import { progressWords } from "../../ui/dashboard/progress-notes.ts";
import { logUnits } from "../../ui/dashboard/log-pane.ts";
import type { Place } from "../../ui/dashboard/place.ts";
import { cursorRow } from "../../ui/dashboard/tree.ts";
import type { CommandEntry, GitSummary, UnitDetail, World } from "../../ui/dashboard/world.ts";
import { newestStart } from "../../ui/waterfall.ts";
import { logPathOf, runView, type RunView } from "../run-view.ts";
import { secretNames } from "../secret-names.ts";
import { emptyStatus, statusReport } from "../status.ts";
import { openComparison } from "./comparison.ts";
import type { DashboardParts, DashboardRuntime } from "./dashboard-parts.ts";
import { watchGit } from "./git.ts";
import type { LogSource } from "./log-windows.ts";
import { openJobWatch, type JobWatch } from "./job-watch.ts";
import { openLogView, type LogView } from "./log-view.ts";
import { followStory, storedStory, type RunStory } from "./run-feed.ts";
import { readTests } from "./test-results.ts";
import { unitDetail } from "./unit-detail.ts";

export interface Gathering {
  /** As it is now; cheap while nothing has changed. */
  world(place: Place): World;
  /** What of the logs is on the screen. */
  look(place: Place, logLines: number): void;
  /** Follows the run and git until aborted. */
  follow(signal: AbortSignal): Promise<void>;
  /** Time has passed. */
  tick(place: Place): void;
  /** Something is on its way, so that time shows. */
  isBusy(): boolean;
  /** Says that something is under way; the answer takes it back. */
  begin(what: string): () => void;
  readonly logs: LogView;
  readonly jobs: Pick<JobWatch, "outputOf">;
  /** The table of commands, with those of plug-ins once they are known. */
  table(): readonly CommandSpec[];
  close(): void;
}

/** What is known, as it was looked at last. */
interface Known {
  readonly story: RunStory;
  readonly view: RunView | undefined;
  readonly report: StatusReport;
  readonly secrets: ReadonlySet<string>;
  readonly git: World["git"];
  readonly tests: World["tests"];
  readonly work: readonly string[];
  /** Rows of the table of commands, those of plug-ins once they are known. */
  readonly table: readonly CommandSpec[];
  readonly commands: World["commands"];
}

const [sparkBars, sparkIntervalMs] = [20, 60_000];

/** `onChange` is told when the world may look different. */
export function openGathering({ input, runtime, repository }: DashboardParts, table: readonly CommandSpec[], onChange: () => void): Gathering {
  let known: Known = { secrets: new Set(), git: {}, tests: {}, work: [], ...ofTable(table), ...viewed(input, runtime, storedStory(repository)) };
  let isStale = false;
  const logs = openLogView(runtime.host.clock, onChange);
  const comparison = openComparison(runtime, repository, onChange);
  const jobs = openJobWatch(runtime, repository, onChange);
  const details = detailCache();
  const learn = (news: Partial<Known>): void => {
    known = { ...known, ...news };
    onChange();
  };
  const refreshed = (): Known => {
    if (isStale) known = { ...known, ...viewed(input, runtime, known.story) };
    isStale = false;
    return known;
  };
  return {
    world: (place) => worldOf(refreshed(), place, runtime, { log: logs.window(), ...comparison.seen(), ...jobs.seen(), commands: known.commands, detail: details(known, place) }),
    look: (place, logLines) => {
      const { view, report } = known;
      if (logLines > 0) logs.show({ sources: sourcesOf(view, runtime, logUnits({ report }, place)), bornMs: Date.parse(report.started_at ?? "") || 0, count: logLines, log: place.log });
      if (place.view === "compare") comparison.look(comparedUnits({ report }, place).map((unit) => unit.unit_id), view, place.path);
      jobs.look(place);
    },
    follow: async (signal) => {
      const names = secretNames(runtime, []).then((secrets) => learn({ secrets }), () => undefined);
      const run = followStory(repository, (story) => ((isStale = true), learn({ story })), signal);
      const roots = (): Readonly<Record<string, string>> => Object.fromEntries(known.report.projects.map(({ name, root }) => [name, root]));
      const checkouts = watchGit(runtime, roots, (project: string, summary: GitSummary) => learn({ git: { ...known.git, [project]: summary } }), signal);
      await Promise.all([names, run, checkouts, input.pluginCommands().then((rows) => learn(ofTable([...table, ...rows])), () => undefined)]);
    },
    tick: (place) => {
      logs.sweep();
      jobs.tick();
      if (place.view === "compare") comparison.tick();
      isStale = true;
      learn({ tests: readTests(runtime, known.report.projects.map(({ name }) => name)) });
    },
    isBusy: () => isUnderWay(known) || jobs.isBusy(),
    begin: (what) => (learn({ work: [...known.work, what] }), () => learn({ work: withoutOne(known.work, what) })),
    logs,
    jobs,
    table: () => known.table,
    close: () => (logs.close(), comparison.close(), jobs.close()),
  };
}

function withoutOne(work: readonly string[], what: string): readonly string[] {
  return work.toSpliced(work.indexOf(what), 1);
}

function ofTable(table: readonly CommandSpec[]): Pick<Known, "table" | "commands"> {
  return { table, commands: table.filter((row) => row.isHidden !== true).map(entryOf) };
}

function viewed(input: CommandInput, runtime: DashboardRuntime, story: RunStory): Pick<Known, "story" | "view" | "report"> {
  const view = story.state === undefined ? undefined : runView(runtime, { state: story.state, problems: story.problems });
  return { story, view, report: view === undefined ? emptyStatus(runtime) : statusReport(view, runtime, input) };
}

function worldOf({ story, report, git, tests, work }: Known, place: Place, runtime: Pick<DashboardRuntime, "host">, rest: Pick<World, "log" | "latencies" | "tails" | "jobs" | "jobLines" | "commands" | "detail">): World {
  const nowMs = runtime.host.clock.now();
  const health = Object.fromEntries(place.folded.map((name) => [name, healthShares(story.health[name]?.marks ?? [], nowMs, sparkBars, sparkIntervalMs)]));
  return { nowMs, report, link: story.link, git, tests, work, health, waterfall: newestStart(story.waterfall), progress: story.link === "live" ? progressWords(story.progress) : {}, ...rest };
}

/** Made once for a unit as it is: most frames come from elsewhere. */
function detailCache(): (known: Known, place: Place) => UnitDetail | undefined {
  let made: { readonly of: RunView; readonly secrets: Known["secrets"]; readonly value: UnitDetail } | undefined;
  return ({ view, report, story, secrets }, place) => {
    const row = cursorRow({ report }, place);
    const unit = row?.kind === "unit" ? view?.state.units[row.key] : undefined;
    if (unit === undefined || view === undefined) return undefined;
    if (made?.of !== view || made.secrets !== secrets || made.value.unitId !== unit.spec.id) made = { of: view, secrets, value: unitDetail(unit, view, story.recent, secrets) };
    return made.value;
  };
}

const moving: readonly UnitStatus[] = ["preparing", "starting", "started", "restarting", "stopping"];

/** Without a daemon nothing moves, whatever was recorded last. */
function isUnderWay({ work, story }: Known): boolean {
  return work.length > 0 || (story.link === "live" && Object.values(story.state?.units ?? {}).some(({ life }) => moving.includes(life.status)));
}

function sourcesOf(view: RunView | undefined, runtime: Pick<DashboardRuntime, "repository">, unitIds: readonly string[]): readonly LogSource[] {
  return unitIds.flatMap((unitId) => {
    const unit = view?.state.units[unitId];
    return unit === undefined || view === undefined ? [] : [{ unitId, path: logPathOf(runtime, view.state, unit) }];
  });
}

/** A row of the table as far as the palette is concerned. */
export function entryOf(row: CommandSpec): CommandEntry {
  const [first] = row.args ?? [];
  const has = (name: string): boolean => row.flags.some((flag) => flag.name === name);
  return {
    name: row.name,
    aliases: row.aliases ?? [],
    about: row.about,
    takesTargets: has("project") && has("service"),
    isAboutProjects: row.family === "action",
    needsArgument: first?.isRequired === true,
    needsSeveral: first?.isRequired === true && first.many === true,
    ...(first === undefined ? {} : { argument: first.name }),
  };
}

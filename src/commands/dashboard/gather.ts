/** Gathers everything the dashboard shows. Each part is looked at when it may have changed, and only while it is on the screen. */
import type { CommandInput, CommandSpec } from "../../cli/command.ts";
import type { StatusReport } from "../../contracts/reports.ts";
import type { EngineRuntime } from "../../runtime.ts";
import { comparedUnits } from "../../ui/dashboard/compare-pane.ts";
import { healthShares } from "../../ui/dashboard/health-history.ts";
import { logUnits } from "../../ui/dashboard/log-pane.ts";
import type { Place } from "../../ui/dashboard/place.ts";
import { cursorRow } from "../../ui/dashboard/tree.ts";
import type { CommandEntry, DaemonLink, GitSummary, UnitDetail, World } from "../../ui/dashboard/world.ts";
import { newestStart } from "../../ui/waterfall.ts";
import type { SecretNames } from "../mask.ts";
import { unitDetail as unitDetailOf } from "./unit-detail.ts";
import { logPathOf, runView, type RunView } from "../run-view.ts";
import { secretNames } from "../secret-names.ts";
import { emptyStatus, statusReport } from "../status.ts";
import { openComparison } from "./comparison.ts";
import { watchGit } from "./git.ts";
import type { LogSource } from "./log-windows.ts";
import { openLogView, type LogView } from "./log-view.ts";
import { followRun, storedStory, type RunStory } from "./run-feed.ts";
import { readTests } from "./test-results.ts";

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
  setLink(link: DaemonLink): void;
  readonly logs: LogView;
  close(): void;
}

const [sparkBars, sparkIntervalMs] = [20, 60_000];

/** `onChange` is told when the world may look different. */
export function openGathering(input: CommandInput, runtime: EngineRuntime, table: readonly CommandSpec[], onChange: () => void): Gathering {
  let story = storedStory(runtime);
  let [view, report] = viewed(input, runtime, story);
  let isStale = false;
  let secrets: SecretNames = new Set();
  let git: Readonly<Record<string, GitSummary>> = {};
  let tests = readTests(runtime, story.state?.runId);
  let work: readonly string[] = [];
  let detail: { readonly of: RunView; readonly value: UnitDetail } | undefined;
  const commands = table.filter((row) => row.isHidden !== true).map(entryOf);
  const logs = openLogView(runtime.host.clock, onChange);
  const comparison = openComparison(runtime, onChange);
  const changed = (): void => {
    isStale = true;
    onChange();
  };
  const refresh = (): void => {
    if (isStale) [view, report] = viewed(input, runtime, story);
    isStale = false;
  };
  const detailOf = (place: Place): UnitDetail | undefined => {
    const row = cursorRow({ report }, place);
    const unit = row?.kind === "unit" ? view?.state.units[row.key] : undefined;
    if (unit === undefined || view === undefined) return undefined;
    if (detail?.of !== view || detail.value.unitId !== unit.spec.id) detail = { of: view, value: unitDetailOf(unit, view, story.recent, secrets) };
    return detail.value;
  };
  return {
    world: (place) => {
      refresh();
      const nowMs = runtime.host.clock.now();
      const health = Object.fromEntries(place.folded.map((name) => [name, healthShares(story.health[name]?.marks ?? [], nowMs, sparkBars, sparkIntervalMs)]));
      return { nowMs, report, link: story.link, git, tests, health, waterfall: newestStart(story.waterfall), log: logs.window(), detail: detailOf(place), ...comparison.seen(), commands, work };
    },
    look: (place, logLines) => {
      if (logLines > 0) logs.show({ sources: sourcesOf(view, runtime, logUnits({ report }, place)), bornMs: Date.parse(report.started_at ?? "") || 0, count: logLines, log: place.log });
      if (place.view === "compare") comparison.look(comparedUnits({ report }, place).map((unit) => unit.unit_id), view, place.path);
    },
    follow: async (signal) => {
      const names = secretNames(runtime, []).then((found) => void (secrets = found), () => undefined);
      const run = followRun(runtime, (next) => ((story = next), changed()), signal);
      const roots = (): Readonly<Record<string, string>> => Object.fromEntries(report.projects.map(({ name, root }) => [name, root]));
      const checkouts = watchGit(runtime, roots, (project, summary) => ((git = { ...git, [project]: summary }), onChange()), signal);
      await Promise.all([names, run, checkouts]);
    },
    tick: (place) => {
      tests = readTests(runtime, story.state?.runId);
      logs.sweep();
      if (place.view === "compare") comparison.tick();
      changed();
    },
    isBusy: () => work.length > 0 || [...story.waterfall.values()].some((row) => row.outcome === "running") || Object.values(story.state?.units ?? {}).some(({ life }) => life.status === "restarting"),
    begin: (what) => {
      work = [...work, what];
      onChange();
      return () => {
        const at = work.indexOf(what);
        work = work.filter((_, index) => index !== at);
        onChange();
      };
    },
    setLink: (link) => {
      story = { ...story, link };
      onChange();
    },
    logs,
    close: () => (logs.close(), comparison.close()),
  };
}

function viewed(input: CommandInput, runtime: EngineRuntime, story: RunStory): readonly [RunView | undefined, StatusReport] {
  const view = story.state === undefined ? undefined : runView(runtime, { state: story.state, problems: story.problems });
  return [view, view === undefined ? emptyStatus(runtime) : statusReport(view, runtime, input)];
}

function sourcesOf(view: RunView | undefined, runtime: EngineRuntime, unitIds: readonly string[]): readonly LogSource[] {
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
    family: row.family,
    takesTargets: has("project") && has("service"),
    needsArgument: first?.isRequired === true,
    isDestructive: row.isDestructive === true,
    canRehearse: has("dry-run"),
    ...(first === undefined ? {} : { argument: first.name }),
  };
}

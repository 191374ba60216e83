/**
 * Runs on disk. Each run has a directory with its log and artifacts; the latest view in the scope's root consists of
 * symbolic links into the latest run, so nothing is written twice.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { ScopePaths } from "../host/paths.ts";
import { faultPoint } from "../host/fault-point.ts";
import { ownerOf, ownName, statesOfOthers } from "../host/file-owner.ts";
import { makeDirectory, readJson, writeAtomic } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import { foldEvents, reduce, type RunState } from "../model/run-state.ts";
import { openEventLog, readEventLog, readLogEnd } from "./event-log.ts";
import { followEvents } from "./follow-events.ts";
import { artifactsOf } from "./projections.ts";
import type { LoadedRun, RunRepository } from "./run-repository.ts";

const latestViews = ["run_state.json", "runtime_map.json", "ports_manifest.json", "error_report.json", "events.jsonl", "runtime_readiness_report.json"];

/** The repository of one scope. `passable`: see makeDirectory; `checkout` is where the code is. */
export function createRunRepository(scope: ScopePaths, passable: boolean, checkout?: string): RunRepository {
  const runDirectory = (runId: string): string => join(scope.runs, runId);
  const eventsPath = (runId: string): string => join(runDirectory(runId), "events.jsonl");
  const pointers = (runId: string): Record<string, string> => Object.fromEntries(latestViews.map((name) => [name.replace(/\.jsonl?$/, ""), join(runDirectory(runId), name)]));
  const list = (): readonly string[] => runIds(scope.runs);
  const written = new Map<string, string>();
  const artifactTexts = (state: RunState): readonly (readonly [string, string])[] => Object.entries(artifactsOf(state, pointers(state.runId))).map(([name, content]) => [name, `${JSON.stringify(content)}\n`]);

  return {
    begin: (runId, events) => {
      makeDirectory(scope.runs, passable);
      // A run is there as a whole or not at all, whatever ends this process meanwhile.
      const unborn = join(scope.runs, ".beginning");
      rmSync(unborn, { recursive: true, force: true });
      for (const part of ["logs", "exits"]) makeDirectory(join(unborn, part), passable);
      const log = openEventLog(join(unborn, "events.jsonl"));
      log.append(events);
      for (const [name, text] of artifactTexts(foldEvents(runId, events))) writeAtomic(join(unborn, name), text);
      faultPoint("run.unborn");
      renameSync(unborn, runDirectory(runId));
      faultPoint("run.born");
      pointLatestTo(scope.root, runId);
      return log;
    },
    open: (runId) => {
      const log = openEventLog(eventsPath(runId));
      // Whoever began the run may have been killed before it came to this.
      pointLatestTo(scope.root, runId);
      return log;
    },
    latest: () => {
      const runId = list().at(-1);
      return runId === undefined ? undefined : loadRun(runDirectory(runId), runId);
    },
    list,
    elsewhere: () => (checkout === undefined ? [] : statesOfOthers(scope.root, checkout).map((path) => `${ownerOf(path) ?? "another user"} keeps a state of it in ${path}`)),
    publish: (state) => {
      for (const [name, text] of artifactTexts(state)) {
        const path = join(runDirectory(state.runId), name);
        if (written.get(path) === text) continue;
        writeAtomic(path, text);
        written.set(path, text);
      }
    },
    events: (runId) => readEventLog(eventsPath(runId)).events,
    follow: (fromSeq, signal, clock) => followEvents({ directory: scope.runs, latest: () => list().at(-1), logOf: eventsPath }, fromSeq, signal, clock),
    logPath: (runId, unitId) => join(runDirectory(runId), "logs", `${unitId}.log`),
  };
}

/** Run ids sort by time: `run-YYYYMMDDHHMMSS-mmm-xxxx`. */
function runIds(runs: string): readonly string[] {
  return namesIn(runs).filter((name) => name.startsWith("run-")).sort();
}

/** Nothing when the directory is not there; what may not be read is not the same as nothing. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    if (code !== "EACCES" && code !== "EPERM") throw error;
    const owner = ownerOf(directory) ?? "another user";
    throw new UserError({
      reason: "state_unreadable",
      message: `the state of this repository cannot be read: ${directory} belongs to ${owner}, and you are ${ownName()}`,
      hint: `ask as ${owner}, or keep a state of your own: ENVCTL_STATE_DIR names another directory`,
    });
  }
}

/** The snapshot is a cache of the fold: used when it can be read and brought up to date from the log's end. */
function loadRun(directory: string, runId: string): LoadedRun | undefined {
  const eventsPath = join(directory, "events.jsonl");
  const snapshotPath = join(directory, "run_state.json");
  const snapshot = snapshotOf(readJson(snapshotPath));
  const end = snapshot === undefined ? undefined : readLogEnd(eventsPath, snapshot.seq);
  if (snapshot !== undefined && end !== undefined && existsSync(eventsPath)) {
    return { state: end.events.reduce(reduce, snapshot), problems: damageText(end.damaged, eventsPath) };
  }
  const log = readEventLog(eventsPath);
  const problems = [
    ...(snapshot === undefined && existsSync(snapshotPath) ? [`${snapshotPath} is damaged; the state was rebuilt from ${log.events.length} events`] : []),
    ...(existsSync(eventsPath) ? damageText(log.damaged, eventsPath) : [`${eventsPath} is missing${snapshot === undefined ? "" : "; the state was taken from the snapshot"}`]),
  ];
  if (log.events.length === 0 && snapshot === undefined) return problems.length === 0 ? undefined : { state: foldEvents(runId, []), problems: [...problems, `nothing of run ${runId} could be read`] };
  const folded = foldEvents(runId, log.events);
  const isBehind = snapshot !== undefined && snapshot.seq > folded.seq;
  if (!isBehind) return { state: folded, problems };
  return { state: snapshot, problems: existsSync(eventsPath) ? [...problems, `${eventsPath} ends before the snapshot; the snapshot was kept`] : problems };
}

function damageText(damaged: number, path: string): readonly string[] {
  return damaged === 0 ? [] : [`${damaged} damaged ${damaged === 1 ? "line" : "lines"} in ${path} left out`];
}

/** Only what this program wrote is trusted as a state; anything else counts as no snapshot. */
function snapshotOf(value: unknown): RunState | undefined {
  if (typeof value !== "object" || value === null || !("run" in value)) return undefined;
  const run = value.run;
  if (typeof run !== "object" || run === null || !("seq" in run) || !("units" in run) || !("runId" in run) || !("projects" in run)) return undefined;
  return typeof run.seq === "number" && typeof run.units === "object" ? (run as RunState) : undefined;
}

/** Replaces each link in one rename. A real file in the way (an older layout) is replaced too. */
function pointLatestTo(root: string, runId: string): void {
  for (const name of latestViews) {
    const link = join(root, name);
    const target = join("runs", runId, name);
    const found = lstatSync(link, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true && readlinkSync(link) === target) continue;
    const temporary = `${link}.${process.pid}.tmp`;
    rmSync(temporary, { force: true });
    symlinkSync(target, temporary);
    if (found?.isDirectory() === true) rmSync(link, { recursive: true });
    faultPoint("run.link");
    renameSync(temporary, link);
  }
}

import { mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scopePaths } from "../../src/host/paths.ts";
import { foldEvents } from "../../src/model/run-state.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { disk, events, runId, whole } from "./disk.ts";

test("nothing was ever started: there is no run", () => {
  const repository = createRunRepository(scopePaths(temporaryDirectory(onTestFinished, "state"), "repo-1"), false);
  expect(repository.latest()).toBeUndefined();
  expect(repository.list()).toEqual([]);
});

test.each([
  ["is as new as the log", 8],
  ["is behind the log", 4],
  ["is missing", undefined],
])("the state is the fold of the log when the snapshot %s", (_how, snapshot) => {
  expect(disk(8, snapshot).load()).toEqual({ state: whole, problems: [] });
});

test("a snapshot ahead of the log is kept, and that is told", () => {
  const { load } = disk(5, 8);
  expect(load()?.state).toEqual(whole);
  expect(load()?.problems).toEqual([expect.stringContaining("ends before the snapshot")]);
});

test.each(["", "{ torn", "null", "[]", '{"run":{"seq":"x"}}', '{"run":null}'])("a damaged snapshot (%s) is rebuilt from the log, and that is told", (text) => {
  const { damage, load } = disk(8, 8);
  damage("run_state.json", text);
  expect(load()?.state).toEqual(whole);
  expect(load()?.problems).toEqual([expect.stringMatching(/run_state\.json is damaged.*8 events/)]);
});

test("without a log the snapshot is taken, and that is told", () => {
  const { file, load } = disk(8, 8);
  rmSync(file("events.jsonl"));
  expect(load()?.state).toEqual(whole);
  expect(load()?.problems).toEqual([expect.stringContaining("is missing; the state was taken from the snapshot")]);
});

test("without both there is an empty run, and that is told", () => {
  const { file, load } = disk(8, 8);
  rmSync(file("events.jsonl"));
  rmSync(file("run_state.json"));
  expect(load()?.state).toEqual(foldEvents(runId, []));
  expect(load()?.problems.at(-1)).toBe(`nothing of run ${runId} could be read`);
});

test("damaged lines of the log are left out, and counted", () => {
  const { append, load } = disk(8, 6);
  append("events.jsonl", "garbage\n");
  expect(load()).toMatchObject({ state: whole, problems: [expect.stringMatching(/^1 damaged line in .*events\.jsonl left out$/)] });
});

test("the latest view leads into the latest run, also over files of an older layout", () => {
  const { root, repository } = disk(8, 8);
  expect(readlinkSync(join(root, "run_state.json"))).toBe(`runs/${runId}/run_state.json`);
  const later = "run-20260102000000000-bbbb";
  rmSync(join(root, "events.jsonl"));
  writeFileSync(join(root, "events.jsonl"), "old");
  rmSync(join(root, "runtime_map.json"));
  mkdirSync(join(root, "runtime_map.json"));
  const views = (): readonly unknown[] => ["run_state.json", "runtime_map.json", "ports_manifest.json", "error_report.json"].map((name) => JSON.parse(readFileSync(join(root, name), "utf8")));
  const expected = [{ run_id: later, schema_version: 1 }, { run_id: later, schema_version: 1 }, { run_id: later, schema_version: 1 }, { run_id: later }];
  repository.begin(later, []).close();
  expect(views(), "as soon as the run is there").toMatchObject(expected);
  repository.publish(foldEvents(later, events.map((event) => ({ ...event, runId: later }))));
  expect(views()).toMatchObject(expected);
  expect(repository.list()).toEqual([runId, later]);
  expect(repository.latest()?.state.runId).toBe(later);
  expect(repository.events(runId)).toEqual(events);
});

test("a run whose beginning was interrupted is not there, and does not hinder the next", () => {
  const { root, repository, load } = disk(8, 8);
  mkdirSync(join(root, "runs", ".beginning", "logs"), { recursive: true });
  writeFileSync(join(root, "runs", ".beginning", "events.jsonl"), '{"type":"run_st');
  expect(load()?.state).toEqual(whole);
  expect(repository.list()).toEqual([runId]);
  const later = "run-20260102000000000-bbbb";
  repository.begin(later, events.slice(0, 2).map((event) => ({ ...event, runId: later }))).close();
  expect(repository.list()).toEqual([runId, later]);
  expect(repository.events(later)).toHaveLength(2);
  expect(readdirSync(join(root, "runs")).sort()).toEqual([runId, later]);
});

test("who goes on with the latest run leads the latest view into it", () => {
  const { root, repository } = disk(8, 8);
  rmSync(join(root, "run_state.json"));
  symlinkSync("runs/run-of-before/run_state.json", join(root, "run_state.json"));
  repository.open(runId).close();
  expect(readlinkSync(join(root, "run_state.json"))).toBe(`runs/${runId}/run_state.json`);
});

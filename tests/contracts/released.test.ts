/**
 * What released versions left on disk is still read, and still fits its schemas: one directory of files a version, taken from a
 * run of it with other paths; none is changed later.
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { scopePaths } from "../../src/host/paths.ts";
import { isServing } from "../../src/model/lifecycle.ts";
import { foldEvents } from "../../src/model/run-state.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import { eventLine } from "../../src/ui/event-line.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { schemaProblems } from "./validate.ts";

const released = fileURLToPath(new URL("released", import.meta.url));
const versions = readdirSync(released);
const fileOf = (version: string, name: string): string => join(released, version, name);
const json = (text: string): unknown => JSON.parse(text);

test("the first version is among them", () => {
  expect(versions).toContain("0.1.0");
});

test.each(versions)("what %s wrote fits the schemas of today", (version) => {
  const artifacts = readdirSync(join(released, version)).filter((name) => name.endsWith(".json"));
  expect(artifacts).toEqual(expect.arrayContaining(["error_report.json", "figures.json", "ports_manifest.json", "run_state.json", "runtime_map.json", "runtime_readiness_report.json"]));
  const events = readFileSync(fileOf(version, "events.jsonl"), "utf8").trim().split("\n");
  expect([
    ...artifacts.flatMap((name) => schemaProblems(name.replace(".json", ""), json(readFileSync(fileOf(version, name), "utf8"))).map((problem) => `${name}: ${problem}`)),
    ...events.flatMap((line) => schemaProblems("events", json(line)).map((problem) => `${line.slice(0, 80)}: ${problem}`)),
  ]).toEqual([]);
});

test.each(versions)("a run of %s is loaded, from its snapshot and from its log alone", (version) => {
  const scope = scopePaths(temporaryDirectory(onTestFinished, "state"), "repo-1");
  const { run_id: runId } = json(readFileSync(fileOf(version, "run_state.json"), "utf8")) as { readonly run_id: string };
  const directory = join(scope.runs, runId);
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(join(released, version))) copyFileSync(fileOf(version, name), join(directory, name));
  const repository = createRunRepository(scope, false);
  const loaded = repository.latest();
  const events = repository.events(runId);
  expect(loaded).toEqual({ state: foldEvents(runId, events), problems: [] });
  expect(Object.values(loaded?.state.units ?? {}).filter(({ life }) => isServing(life)).map(({ spec }) => spec.id)).toEqual(["Main/api", "Main/worker"]);
  expect(events.map((event) => eventLine(event)).filter((line) => line !== undefined).join("\n")).toMatch(/Main\/broken .*exit code 3/);
  rmSync(join(directory, "run_state.json"));
  expect(createRunRepository(scope, false).latest()).toEqual({ state: loaded?.state, problems: [] });
});

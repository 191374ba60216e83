import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createStore, type Store } from "../../src/engine/store.ts";
import { eventStream } from "../../src/engine/event-stream.ts";
import { systemClock } from "../../src/host/clock.ts";
import { scopePaths } from "../../src/host/paths.ts";
import type { Event, EventBody } from "../../src/model/events.ts";
import { foldEvents } from "../../src/model/run-state.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import type { RunRepository } from "../../src/state/run-repository.ts";
import { bundled } from "../host/bundle.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const first: EventBody = { type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" };
const warning = (message: string): EventBody => ({ type: "warning", code: "c", message });

function fresh(): { readonly store: Store; readonly repository: RunRepository; readonly root: string } {
  const scope = scopePaths(temporaryDirectory(onTestFinished, "store"), "repo-1");
  const repository = createRunRepository(scope, false);
  const store = createStore(repository, systemClock, undefined);
  onTestFinished(() => store.close());
  return { store, repository, root: scope.root };
}

test("an event is written, folded and told, in that order", () => {
  const { store, repository } = fresh();
  const seen: string[] = [];
  store.subscribe((event) => void seen.push(`${event.seq} ${event.type} written ${repository.events("run-1").at(-1)?.seq} state ${store.state()?.seq}`));
  store.begin("run-1", [first]);
  store.dispatch(warning("one"));
  expect(seen).toEqual(["1 run_started written 1 state 1", "2 warning written 2 state 2"]);
  expect(store.state()).toEqual(foldEvents("run-1", repository.events("run-1")));
});

test("what belongs together is written and folded before any of it is told", () => {
  const { store, repository } = fresh();
  const seen: string[] = [];
  store.subscribe((event) => void seen.push(`${event.seq} written ${repository.events("run-1").length} state ${store.state()?.seq}`));
  store.begin("run-1", [first, warning("one")]);
  store.dispatchAll([warning("two"), warning("three")]);
  expect(seen).toEqual(["1 written 2 state 2", "2 written 2 state 2", "3 written 4 state 4", "4 written 4 state 4"]);
});

test("what is only announced is told and nowhere written", () => {
  const { store, repository } = fresh();
  store.begin("run-1", [first]);
  const seen: Event[] = [];
  const unsubscribe = store.subscribe((event) => void seen.push(event));
  store.announce({ type: "progress", text: "half" });
  unsubscribe();
  store.announce({ type: "progress", text: "whole" });
  expect(seen).toMatchObject([{ seq: 0, text: "half" }]);
  expect(repository.events("run-1")).toHaveLength(1);
});

test("a store goes on where an earlier one stopped", () => {
  const { store, repository } = fresh();
  store.begin("run-1", [first]);
  store.dispatch(warning("one"));
  store.close();
  const next = createStore(repository, systemClock, repository.latest()?.state);
  next.dispatch(warning("two"));
  next.close();
  expect(repository.events("run-1").map((event) => event.seq)).toEqual([1, 2, 3]);
  expect(repository.latest()?.state).toEqual(next.state());
});

test("a run that cannot begin leaves the state as it was", () => {
  const blocked = createStore(createRunRepository(scopePaths("/dev/null", "x"), false), systemClock, undefined);
  expect(() => blocked.begin("run-2", [first])).toThrow(/ENOTDIR|ENOENT|EEXIST/);
  expect(blocked.state()).toBeUndefined();
});

test("when the disk is full events stay in memory, and are all there once it has room again", async () => {
  const directory = temporaryDirectory(onTestFinished, "full");
  const program = await bundled(
    `import { statSync } from "node:fs";
     import { createStore } from "./src/engine/store.ts";
     import { createRunRepository } from "./src/state/repository.ts";
     import { scopePaths } from "./src/host/paths.ts";
     import { systemClock } from "./src/host/clock.ts";
     process.on("SIGXFSZ", () => undefined);
     const repository = createRunRepository(scopePaths(process.argv[2] ?? "", "repo-1"), false);
     const store = createStore(repository, systemClock, undefined);
     store.begin("run-1", [{ type: "run_started", schemaVersion: 1, mode: "main", scope: "s", repository: "r" }]);
     for (let count = 0; count < 60; count += 1) store.dispatch({ type: "warning", code: "c", message: "x".repeat(100) });
     const path = (process.argv[2] ?? "") + "/repo-1/runs/run-1/events.jsonl";
     console.log(JSON.stringify({ seq: store.state()?.seq, trouble: store.writeTrouble(), size: statSync(path).size }));
     process.exit(0);`,
    directory,
    "filler",
  );
  const child = spawn("/bin/sh", ["-c", 'ulimit -f 8; exec "$@"', "sh", process.execPath, program, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const report = JSON.parse(String((await once(child.stdout, "data"))[0])) as { readonly seq: number; readonly trouble: string; readonly size: number };
  expect(report).toMatchObject({ seq: 61, size: 4096, trouble: expect.stringMatching(/EFBIG|only \d+ bytes/) as string });
});

test("what was held back is written in order when writing works again, after the torn line", () => {
  const { store, repository, root } = fresh();
  const room = { left: Number.POSITIVE_INFINITY };
  const limited: RunRepository = {
    ...repository,
    begin: (runId, events) => {
      const log = repository.begin(runId, events);
      return { ...log, append: (events) => (room.left-- > 0 ? log.append(events) : refuse()) };
    },
  };
  const held = createStore(limited, systemClock, undefined);
  onTestFinished(() => held.close());
  held.begin("run-1", [first]);
  room.left = 1;
  for (const message of ["one", "two", "three"]) held.dispatch(warning(message));
  expect(held.writeTrouble()).toBe("no room");
  expect(held.state()?.warnings.map((one) => one.message)).toEqual(["one", "two", "three"]);
  expect(repository.events("run-1")).toHaveLength(2);
  room.left = Number.POSITIVE_INFINITY;
  expect(held.writeTrouble()).toBeUndefined();
  expect(repository.events("run-1").map((event) => event.seq)).toEqual([1, 2, 3, 4]);
  expect(JSON.parse(readFileSync(join(root, "run_state.json"), "utf8"))).toMatchObject({ run: { seq: 4 } });
  expect(store.state()).toBeUndefined();
});

function refuse(): never {
  throw new Error("no room");
}

test("a reader gets past events, live ones and those of the next run, each once", async () => {
  const { store, repository } = fresh();
  store.begin("run-1", [first]);
  for (const message of ["one", "two", "three"]) store.dispatch(warning(message));
  const abort = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of eventStream({ store, repository }, 2, abort.signal)) {
      seen.push(`${event.runId} ${event.seq}`);
      if (seen.length === 2) store.dispatch(warning("live"));
      if (seen.length === 3) {
        store.begin("run-2", [first]);
        store.dispatch(warning("other"));
      }
      if (seen.length === 5) abort.abort();
    }
  })();
  await reading;
  expect(seen).toEqual(["run-1 3", "run-1 4", "run-1 5", "run-2 1", "run-2 2"]);
});

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scopeIdOf } from "../../src/host/paths.ts";
import type { GraphEvent } from "../../src/graph/record.ts";
import { processesOf } from "../rig/processes.ts";
import { startProgram, envctlProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { graphScene, ranOf, writeUnit, type GraphScene } from "./graph-scene.ts";

const patienceMs = 30_000;

/** What the latest run has written down so far. */
function eventsOf(shop: GraphScene): readonly GraphEvent[] {
  const directory = join(shop.stateRoot, scopeIdOf(shop.repo.root), "graphs", "Main");
  const latest = existsSync(directory) ? readdirSync(directory).sort().at(-1) : undefined;
  const path = join(directory, latest ?? "", "events.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line) as GraphEvent) : [];
}

function unitsIn(shop: GraphScene, type: GraphEvent["type"]): readonly string[] {
  return eventsOf(shop).flatMap((event) => (event.type === type && "unit" in event ? [event.unit] : []));
}

test("P11 a run that was killed or interrupted goes on with what is not done; what failed, or was changed, can be run alone", async () => {
  const shop = graphScene();
  const go = join(shop.directory, "go");
  const slow = `[ -e ${go} ] || sleep 600`;
  const ids = (from: number): readonly string[] => Array.from({ length: 5 }, (_, index) => `u${from + index}`);
  const from = shop.tree("units", Object.fromEntries([...ids(0).map((id) => [id, "# envctl: priority=-1"]), ...ids(5).map((id) => [id, slow])]));
  const args = ["graph", "run", "--json", "--from", from, "--workers", "5"];
  const killed = shop.start(args);
  await eventually(() => unitsIn(shop, "unit_ended").length === 5 && unitsIn(shop, "unit_began").length === 10, "five of ten", patienceMs);
  killed.signal("SIGKILL");
  await killed.ended;
  await eventually(() => processesOf(shop.directory).length === 0, "the end of what the killed run had started", patienceMs);

  const interrupted = shop.start([...args, "--resume"]);
  await eventually(() => unitsIn(shop, "unit_began").length === 5, "the second beginning", patienceMs);
  const second = await shop.envctl(["graph", "run", "--from", from]);
  expect([second.code, second.stderr]).toEqual([3, expect.stringContaining("being run already")]);
  interrupted.signal("SIGINT");
  expect(ranOf(await interrupted.ended)).toMatchObject({ code: 2, counts: { kept: 5, error: 5 } });
  expect(processesOf(shop.directory)).toEqual([]);

  writeFileSync(go, "");
  const resumed = await shop.run(from, "--resume");
  expect([resumed.code, Object.keys(resumed.all).sort(), resumed.counts]).toEqual([0, ids(5), { kept: 5, pass: 5 }]);
  expect(await shop.run(from, "--resume")).toMatchObject({ code: 0, run_id: null, counts: { kept: 10 } });

  writeUnit(join(from, "u7"), "# envctl: provides=x\nexit 1");
  writeUnit(join(from, "u8"), "# envctl: requires=x");
  expect((await shop.run(from, "--changed")).all).toEqual({ u7: "fail: exit code 1", u8: "skip: requires x: failed" });
  expect((await shop.run(from, "--failed")).all).toEqual({ u7: "fail: exit code 1", u8: "skip: requires x: failed" });
  writeUnit(join(from, "u7"), "# envctl: provides=x");
  expect(await shop.run(from, "--failed")).toMatchObject({ code: 0, all: { u7: "pass", u8: "pass" }, counts: { kept: 8, pass: 2 } });
  writeUnit(join(from, "u7"), "# envctl: provides=x\n# changed");
  expect((await shop.run(from, "--changed")).all).toEqual({ u7: "pass", u8: "pass" });
});

test("P12 a unit that takes too long, or is silent too long, is ended with all it started; one that is killed is an error; nothing is left", async () => {
  const shop = graphScene();
  const late = await shop.run(shop.tree("late", { a: "# envctl: timeout=300ms claims=db\nsleep 601 & sleep 602", b: "# envctl: claims=db", c: "sleep 0.1" }));
  expect(late).toMatchObject({ code: 124, counts: { timeout: 1, skip: 1, pass: 1 }, all: { a: "timeout: took longer than 0.3 s", b: "skip: lock db held by failed a", c: "pass" } });
  const stubborn = await shop.run(shop.tree("silent", { a: "# envctl: idle_timeout=600ms\ntrap '' TERM; echo hello; while :; do sleep 603; done", b: "exit 1" }));
  expect(stubborn).toMatchObject({ code: 1, all: { a: "timeout: wrote nothing for 0.6 s", b: "fail: exit code 1" } });
  const loud = await shop.run(shop.tree("loud", { a: "# envctl: max_output=0.5\nwhile :; do head -c 10000 /dev/zero; done" }));
  expect(loud).toMatchObject({ code: 1, all: { a: expect.stringMatching(/^error: wrote [\d.]+ MiB of 0\.5 MiB and was ended$/) as string } });
  const setsid = process.platform === "linux" ? "setsid sleep 604 & " : "";
  const died = await shop.run(shop.tree("died", { a: `${setsid}kill -9 $$`, b: "" }));
  expect(died).toMatchObject({ code: 1, all: { a: "error: worker died: signal SIGKILL", b: "pass" } });
  expect(processesOf(shop.directory)).toEqual([]);
});

test("P15 P18 units are added while others run, by units and by hand; whoever reads slowly holds nobody up and misses nothing", async () => {
  const shop = graphScene();
  const [go, read] = [join(shop.directory, "go"), join(shop.directory, "read")];
  const emit = (unit: object): string => `echo '${JSON.stringify({ unit })}' >>$ENVCTL_EMIT`;
  const from = shop.tree("growing", {
    a: `${emit({ id: "c", requires: ["a"], command: "true" })}\n${emit({ id: "d", requires: ["c"], command: ["false"] })}`,
    round: emit({ id: "e", requires: ["g"], provides: ["g"], command: "true" }),
    waits: `# envctl: timeout=60s\nwhile ! [ -e ${go} ]; do sleep 0.02; done`,
    ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`z${index}`, "# envctl: requires=waits"])),
  });
  const running = shop.start(["graph", "run", "--json", "--from", from]);
  await eventually(() => unitsIn(shop, "unit_ended").includes("d"), "the end of what was emitted", patienceMs);
  const reader = startProgram(["/bin/sh", "-c", `"${process.execPath}" "${envctlProgram}" graph events --follow --json | (while ! [ -e ${read} ]; do sleep 0.02; done; cat)`], { cwd: shop.repo.root, env: shop.env });
  writeFileSync(join(shop.directory, "more.json"), JSON.stringify([{ id: "by-hand", requires: ["waits"], command: "true" }]));
  expect((await shop.envctl(["graph", "add", "--json", join(shop.directory, "more.json")])).json()).toMatchObject({ added: ["by-hand"], problems: [] });
  const again = await shop.envctl(["graph", "add", join(shop.directory, "more.json")]);
  expect([again.code, again.stdout]).toEqual([1, "there are two units called by-hand\n"]);
  expect((await shop.envctl(["jobs"])).stderr).toMatch(/^The graph of Main runs: \d+ of 16 units ended, now waits; `envctl graph events --follow` shows it\.$/m);
  writeFileSync(go, "");
  const ran = ranOf(await running.ended);
  expect(ran.all).toMatchObject({ a: "pass", c: "pass", d: "fail: exit code 1", "by-hand": "pass", round: "error: emitted: a cycle: e → e" });
  expect(ran.units).toHaveLength(16);
  // The run is over, and the reader has not read a line yet.
  writeFileSync(read, "");
  const lines = (await reader.ended).jsonLines() as readonly GraphEvent[];
  expect([lines.filter(({ type }) => type === "unit_ended").length, lines.at(-1)?.type]).toEqual([16, "graph_ended"]);
  expect((await shop.envctl(["graph", "events", "--json"])).jsonLines()).toEqual(lines);
  const over = await shop.envctl(["graph", "add", join(shop.directory, "more.json")]);
  expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("does not go on any more")]);
  // What was added counts as long as nothing of it is to be done again.
  expect((await shop.run(from, "--resume")).all).toMatchObject({ round: "error: emitted: a cycle: e → e", d: "fail: exit code 1" });
});

test.skipIf(process.platform !== "linux")("P12 what left the session of a unit of a killed run is told by doctor and ended by it, stop-all, blast-all and a daemon", async () => {
  const shop = graphScene();
  const from = shop.tree("leaving", { a: "setsid sleep 605 &\nsleep 606" });
  const sleeping = (seconds: number): readonly number[] => processesOf(shop.directory).filter(({ command }) => command === `sleep ${seconds}`).map(({ pid }) => pid);
  const killedRun = async (): Promise<void> => {
    const run = shop.start(["graph", "run", "--from", from]);
    await eventually(() => sleeping(605).length + sleeping(606).length === 2, "the unit and what left it", patienceMs);
    run.signal("SIGKILL");
    await run.ended;
    await eventually(() => sleeping(606).length === 0, "the end of what is guarded", patienceMs);
  };
  const orphans = async (...flags: readonly string[]): Promise<unknown> => ((await shop.envctl(["doctor", "--json", ...flags])).at("findings") as readonly { readonly id: string }[]).find(({ id }) => id === "orphans");

  await killedRun();
  expect(await orphans()).toMatchObject({ status: "warn", detail: `1 process of a \`graph run\` that was killed: pid ${sleeping(605).join()} of the graph of Main` });
  await orphans("--fix", "--yes");
  expect([sleeping(605), await orphans()]).toEqual([[], expect.objectContaining({ status: "pass" })]);

  await killedRun();
  expect((await shop.envctl(["blast-all", "--json"])).at("processes")).toEqual([expect.objectContaining({ unitId: "Main/+graph" })]);
  expect(sleeping(605)).toEqual([]);

  await killedRun();
  expect((await shop.envctl(["stop-all"])).code).toBe(0);
  expect(sleeping(605)).toEqual([]);

  // Its daemon lives on.
  await killedRun();
  await eventually(() => sleeping(605).length === 0, "the end of what the daemon found", patienceMs);
  const living = shop.start(["graph", "run", "--from", from]);
  await eventually(() => sleeping(605).length + sleeping(606).length === 2, "a run that nobody killed", patienceMs);
  expect((await shop.envctl(["stop-all"])).code).toBe(0);
  expect(sleeping(605)).toHaveLength(1);
  living.signal("SIGINT");
  expect((await living.ended).code).toBe(2);
  expect(sleeping(605)).toEqual([]);
});

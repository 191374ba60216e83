/** Blasts that find containers: with state and daemon lost, for one project, and never anybody else's. */
import { readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import type { BlastReport } from "../../src/model/blast.ts";
import { reportOf } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import type { Outcome } from "../rig/program.ts";
import { yard, type Yard } from "./yard.ts";

const test = engineTest;
const stop = { grace: "100ms" };

function answerOf(outcome: Outcome): BlastReport {
  return outcome.json() as BlastReport;
}

async function killDaemon(place: Yard): Promise<void> {
  process.kill(Number((await place.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
}

test("containers are found by their labels when state and daemon are gone; volumes stay; somebody else's container lives", async ({ engine }) => {
  const image = await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { web: { image, container_port: 80, port, volumes: { data: "/data" }, stop }, local: { command: ["sleep", "600"], stop } } }));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  const installation = readFileSync(join(place.stateRoot, "installation"), "utf8").trim();
  const scope = basename(place.scope());
  const [ours] = await place.containers();
  expect(ours?.Labels[containerLabels.scope]).toBe(`${scope}.${installation}`);
  const foreign = await engine.docker.createContainer({ Image: image, Cmd: ["sh", "-c", "sleep 600"], Labels: { [containerLabels.scope]: `${scope}x.00000000`, [containerLabels.project]: "Main", [containerLabels.unit]: "web" } });
  onTestFinished(() => foreign.remove({ force: true }));
  await foreign.start();
  await killDaemon(place);
  rmSync(place.scope(), { recursive: true });

  const told = answerOf(await place.envctl(["blast-all", "--dry-run", "--json"]));
  expect(told.containers).toMatchObject([{ scope, unitId: "Main/web", containerId: ours?.Id, ports: [place.port], engine: `unix://${engine.socket}` }]);
  expect(await place.containers(), "a look touches nothing").toHaveLength(1);
  const blasted = await place.envctl(["blast-all"]);
  expect(blasted, blasted.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/Main\/web +envctl-\S+-main-web[\s\S]*The volume \S+-data stays[\s\S]*Ended 2 processes and 1 container of 2 units/) as string });
  expect(await place.containers()).toEqual([]);
  expect(await place.volumes()).toHaveLength(1);
  expect((await foreign.inspect()).State.Running).toBe(true);
  expect(answerOf(await place.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, containers: [] });
});

test("blast-worktree ends one project's containers, records them, and leaves the others", async ({ engine }) => {
  const image = await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { web: { image, container_port: 80, port, stop } } }), { worktrees: ["a"] });
  expect(reportOf(await place.envctl(["start", "--project", "Main,a", "--json"]))).toMatchObject({ ok: true });
  await killDaemon(place);
  const answer = answerOf(await place.envctl(["blast-worktree", "a", "--json"]));
  expect(answer).toMatchObject({ ok: true, containers: [{ unitId: "a/web" }], containersLeft: [] });
  expect((await place.containers()).map(({ Labels }) => Labels[containerLabels.project])).toEqual(["Main"]);
  expect(place.state().units["a/web"]?.life).toMatchObject({ status: "stopped" });
  expect(place.state().units["Main/web"]?.life.status).toBe("ready");
});

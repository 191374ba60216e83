/** `events`: the story of a run from its log, live too, and no daemon for it. */
import { expect, test } from "vitest";
import type { Event } from "../../src/model/events.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { envctlProgram, startProgram, type Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { scene, type Configuration, type Scene } from "./scene.ts";

const two = (): Configuration => ({ services: { api: { command: puppet(), env: { API_TOKEN: "hidden-value" } }, web: { command: puppet() } } });
const isDaemonThere = async (stack: Scene): Promise<unknown> => (await stack.envctl(["daemon", "status", "--json"])).at("running");
const eventsOf = (outcome: Outcome): readonly Event[] => outcome.jsonLines() as readonly Event[];

test("past events come from the log, filtered and masked, without a daemon", async () => {
  const stack = await scene(two);
  const refused = await stack.envctl(["events"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("Nothing has been started")]);
  await stack.envctl(["start"]);
  await stack.envctl(["daemon", "stop"]);
  const told = await stack.envctl(["events", "--json"]);
  expect(eventsOf(told).map(({ seq }) => seq)).toEqual(stack.events().map(({ seq }) => seq));
  const oneOfEach = new Map(eventsOf(told).map((event) => [event.type, event]));
  for (const event of oneOfEach.values()) expect(schemaProblems("events", event)).toEqual([]);
  expect(told.stdout).not.toContain("hidden-value");
  const some = await stack.envctl(["events", "--json", "--filter", "ready,api"]);
  expect(eventsOf(some)).toMatchObject([{ type: "unit_ready", unitId: "Main/api" }]);
  expect(eventsOf(await stack.envctl(["events", "--json", "--since-seq", String(stack.events().length - 1)]))).toHaveLength(1);
  const slip = await stack.envctl(["events", "--filter", "redy"]);
  expect([slip.code, slip.stderr]).toEqual([2, expect.stringContaining('Did you mean "ready"?')]);
  expect(await isDaemonThere(stack)).toBe(false);
});

test("a reader that has enough ends it quietly", async () => {
  const stack = await scene(two);
  await stack.envctl(["start"]);
  const pipe = startProgram(["/bin/sh", "-c", `"$0" "$1" events --json | head -n 1`, process.execPath, envctlProgram], { cwd: stack.repo.root, env: stack.env });
  expect(await pipe.ended).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining('"run_started"') as string });
});

test("following starts no daemon, waits for the first run, and goes on with the next one", async () => {
  const stack = await scene(two);
  const following = stack.start(["events", "--follow", "--json"]);
  expect(await isDaemonThere(stack)).toBe(false);
  await stack.envctl(["start"]);
  await following.seen(/"intent_finished"/);
  await stack.envctl(["stop-all"]);
  await following.seen(/"run_stopped"/);
  const first = stack.events();
  await stack.envctl(["start"]);
  const second = stack.events();
  await following.seen(new RegExp(`"seq":${second.at(-1)?.seq},"at":"${second.at(-1)?.at}"`));
  following.signal("SIGINT");
  const outcome = await following.ended;
  expect(outcome.code).toBe(0);
  expect(eventsOf(outcome).map(({ runId, seq }) => `${runId} ${seq}`)).toEqual([...first, ...second].map(({ runId, seq }) => `${runId} ${seq}`));
  expect(first[0]?.runId).not.toBe(second[0]?.runId);
});

test("following goes on when the daemon is killed and another one takes charge", async () => {
  const stack = await scene(two);
  await stack.envctl(["start"]);
  const following = stack.start(["events", "--follow", "--filter", "adopted,daemon_started"]);
  process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  await stack.envctl(["daemon", "start"]);
  await following.seen(/Main\/web +adopted, pid/);
  following.signal("SIGTERM");
  const lines = (await following.ended).stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/^\S+ . (\S*) +/, "$1 ").replace(/\d+/g, "N"))).toEqual([" daemon N.N.N takes charge, pid N", "Main/api adopted, pid N", "Main/web adopted, pid N"]);
});

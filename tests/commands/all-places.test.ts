import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { allPlaces } from "../../src/commands/all-places.ts";
import { Leases } from "../../src/engine/services/leases.ts";
import { WaitingLine } from "../../src/engine/waiting-line.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

test("D4 P3 whoever wants places of two services and a job that wants the same two do not wait for each other", async () => {
  const line = new WaitingLine(systemClock);
  const leases = new Leases(line, join(temporaryDirectory(onTestFinished, "places"), "reservations.json"));
  const never = new AbortController().signal;
  const reserve = async (service: string, waitMs: number): Promise<string> => (await leases.reserve({ service, capacity: 1, owner: { kind: "connection", id: "one" }, isAlone: false, waitMs }, never)).lease;
  const shell = await reserve("counter", 1000);
  const letGo = async (ids: readonly string[]): Promise<void> => ids.forEach((id) => leases.release(id));
  const both = allPlaces([{ service: "counter", alone: false }, { service: "echo", alone: false }], { take: ({ service }, waitMs) => reserve(service, waitMs), letGo });
  let hasBegun = false;
  await eventually(() => line.waitingFor("svc:counter").length === 1, "who waits first");
  line.add({ task: { id: "job", requires: [], provides: [], uses: ["svc:counter", "svc:echo"], claims: [], priority: 0 }, name: "job", holder: "job", begin: () => (hasBegun = true), skip: () => undefined });
  expect(line.waitingFor("svc:counter").map(({ name }) => name)).toEqual([expect.stringMatching(/^lease-/), "job"]);
  leases.release(shell);
  await eventually(() => hasBegun, "the job");
  line.end("job", true);
  line.startNext();
  expect(await both).toHaveLength(2);
  expect(leases.rows().map(({ service }) => service).sort()).toEqual(["counter", "echo"]);
});

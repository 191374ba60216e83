import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Leases } from "../../src/engine/services/leases.ts";
import { WaitingLine } from "../../src/engine/waiting-line.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("D4 what an earlier daemon noted of reservations is taken as far as it can be read, each once", () => {
  const path = join(temporaryDirectory(onTestFinished, "leases"), "reservations.json");
  const owner = { pid: 7, startTime: "1", bootId: "b", pidNamespace: "n" };
  const lease = { lease: "lease-1", service: "gpu", holder: "process 7", since: "2026-11-21T12:00:00.000Z", alone: false, owner };
  const wrong = [null, 7, {}, { ...lease, lease: "lease-2", owner: null }, { ...lease, lease: "lease-3", owner: { pid: "7" } }, { ...lease, lease: "lease-4", service: "../gpu" }, { ...lease, lease: "lease-5", holder: 7 }];
  writeFileSync(path, JSON.stringify({ version: 1, leases: [lease, lease, ...wrong] }));
  expect(new Leases(new WaitingLine(systemClock), path).rows().map((row) => row.lease)).toEqual(["lease-1"]);
  writeFileSync(path, "{");
  expect(new Leases(new WaitingLine(systemClock), path).rows()).toEqual([]);
});

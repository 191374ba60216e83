import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Leases } from "../../src/engine/services/leases.ts";
import { WaitingLine } from "../../src/engine/waiting-line.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("a file of reservations that somebody wrote into keeps no daemon from beginning", () => {
  const file = join(temporaryDirectory(onTestFinished, "leases"), "reservations.json");
  const lease = { lease: "lease-1", service: "gpu", holder: "process 7", since: "2026-11-21T20:00:00.000Z", alone: true, owner: { pid: 7, startTime: "1", bootId: "b", pidNamespace: "p" } };
  for (const leases of [[lease, null, { ...lease, service: "../x" }, lease], "none"]) {
    writeFileSync(file, JSON.stringify({ version: 1, leases }));
    expect(new Leases(new WaitingLine(systemClock), file).rows().map(({ lease: id }) => id)).toEqual(leases === "none" ? [] : ["lease-1"]);
  }
  writeFileSync(file, '{"version":1,"leases":[');
  const begun = new Leases(new WaitingLine(systemClock), file);
  expect([begun.count(), existsSync(file)]).toEqual([0, true]);
});

/** A recording is bounded, in steps and in number, and knows names of fields, not what is in them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { createFlightRecorder, fieldNames } from "../../src/host/flight-recorder.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("it forgets its oldest steps and says how many", () => {
  const directory = join(temporaryDirectory(onTestFinished, "recording"), "recordings");
  const recorder = createFlightRecorder(directory, systemClock);
  for (let number = 0; number < 2500; number += 1) recorder.record({ kind: "sent", what: String(number) });
  recorder.save();
  const [head = "", first = ""] = readFileSync(join(directory, readdirSync(directory)[0] ?? ""), "utf8").split("\n");
  expect([JSON.parse(head), JSON.parse(first)]).toMatchObject([{ steps: 2000, forgotten: 500 }, { what: "500" }]);
});

test("older recordings go", () => {
  const directory = temporaryDirectory(onTestFinished, "recording");
  for (let number = 0; number < 14; number += 1) createFlightRecorder(directory, { ...systemClock, now: () => 1_800_000_000_000 + number }).save();
  expect(readdirSync(directory).length).toBeLessThanOrEqual(10);
});

test("names of fields, two deep", () => {
  expect(fieldNames({ method: "submit", intent: { kind: "start", caller: { environment: { SECRET: "x" } } } })).toEqual(["method", "intent", "intent.kind", "intent.caller"]);
});

/** The pane of jobs: which are shown first, with what, and what keys do with them. */
import { expect, test } from "vitest";
import { byInterest } from "../../../src/ui/dashboard/jobs-pane.ts";
import { jobRow, logLine, placeAt, pressed, screenText, shopUnits, worldOf } from "./specimen.ts";

test("lists jobs, those that run first, and the end of what the one under the cursor wrote", () => {
  const failed = jobRow("1000000000000000003", { name: "seed", status: "failed", ended_at: "2026-11-21T07:59:02.000Z", return_code: 3, error: { reason: "process_exited", message: "job seed (npm run seed) ended with exit code 3" } });
  const jobs = byInterest([failed, jobRow("1000000000000000002", { status: "queued", started_at: null }), jobRow("1000000000000000001", { service: "backend" })]);
  const at = placeAt("Main/backend", { view: "jobs", focus: "view" });
  const text = screenText(worldOf(shopUnits, { jobs, jobLines: [logLine("job", "250 of 4000 rows")] }), at, 100, 26);
  expect(text).toMatch(/1 job runs, 1 wait +● daemon/);
  expect(text).toMatch(/━━ Jobs 3 s ends one, r runs it again, O its output[^\n]*\n▌ ◐ running +npm run seed +Main\/backend +1m\n +○ queued +npm run seed +Main +1m\n +✗ failed +seed +Main +in 2s, <1m ago +npm[^\n]*\n ┄ 0000000001 output ┄+\n +250 of 4000 rows/);
  expect(screenText(worldOf(shopUnits, { jobs }), { ...at, job: failed.tid }, 84, 26)).toMatch(/▌ ✗ failed[\s\S]*┄ 0000000003 ended with exit code 3 ┄/);
  expect(screenText(worldOf(), at)).toContain("`envctl run -- CMD` makes one");
});

const at = placeAt("Main/backend");
const [running, ended] = [jobRow("1000000000000000001"), jobRow("1000000000000000002", { status: "failed", ended_at: "2026-11-21T07:59:02.000Z" })];
const working = worldOf(shopUnits, { jobs: [running, ended] });

test("jobs are ended, run again and read by the keys for units, while their pane has the keys", () => {
  expect(pressed(["J", "s"], working, at).effects).toEqual([{ kind: "job", action: "stop", jobId: running.tid }]);
  expect(pressed(["J", "down", "down", "r"], working, at).effects).toEqual([{ kind: "job", action: "retry", jobId: ended.tid }]);
  expect(pressed(["J", "O"], working, at).effects).toEqual([{ kind: "read", program: "pager", jobId: running.tid }]);
  expect(pressed(["J", "t"], working, at)).toMatchObject({ place: { message: "`test` is for units: Tab goes back to them" }, effects: [] });
  expect(pressed(["J", "tab", "s"], working, at).effects).toMatchObject([{ kind: "call", call: { command: "stop" } }]);
  expect(pressed(["J", "J"], working, at).place).toMatchObject({ view: "logs", focus: "units" });
});

test("no unit is ended where the last job has just gone from under the cursor", () => {
  for (const key of ["s", "r", "O"]) expect(pressed(["J", key], worldOf(), at)).toMatchObject({ place: { message: "there is no job; Tab goes back to the units" }, effects: [] });
  expect(pressed(["J", "tab", "s"], worldOf(), at).effects).toMatchObject([{ kind: "call", call: { command: "stop" } }]);
});

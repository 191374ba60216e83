import { expect, test } from "vitest";
import { afterEnd, endFailure, endStatusOf, exitOfJob, graphUnitId, idsMeant, isWork, jobUnitId, markedGraph, nameMatches, queuedAt, recoveryOf, timeLeftMs, type EndStatus, type ErrorPolicy, type Job, type JobSpec } from "../../src/model/job.ts";
import type { Exit } from "../../src/model/unit.ts";

const spec: JobSpec = { command: ["npm", "test"], project: "Main", directory: "/shop", tags: [], onError: "keep", maxAttempts: 2, timeoutMs: 1500 };
const id = "1795269371158957687";
const code = (number: number): Exit => ({ kind: "code", code: number });

test("the exit decides the status, unless somebody asked for the end", () => {
  expect([endStatusOf(code(0), undefined), endStatusOf(code(3), undefined), endStatusOf({ kind: "signal", signal: "SIGSEGV" }, undefined), endStatusOf({ kind: "unknown" }, undefined)]).toEqual(["completed", "failed", "failed", "failed"]);
  expect([endStatusOf(code(0), "cancelled"), endStatusOf({ kind: "unknown" }, "timeout")]).toEqual(["cancelled", "timeout"]);
  expect([exitOfJob("completed"), exitOfJob("failed"), exitOfJob("timeout"), exitOfJob("killed")]).toEqual([0, 1, 124, 1]);
});

test.each<[ErrorPolicy, number, EndStatus, ErrorPolicy]>([
  ["keep", 1, "failed", "keep"],
  ["clear", 1, "failed", "clear"],
  ["clear", 1, "completed", "keep"],
  ["requeue", 1, "failed", "requeue"],
  ["requeue", 1, "timeout", "requeue"],
  ["requeue", 2, "failed", "keep"],
  ["requeue", 1, "cancelled", "keep"],
  ["requeue", 1, "killed", "keep"],
])("W16 with the policy %s, attempt %i that is %s leads to %s", (onError, attempts, status, follows) => {
  expect(afterEnd({ spec: { ...spec, onError }, attempts }, status)).toBe(follows);
});

test("W16 only what provably never began goes back; what began and was seen by nobody is lost", () => {
  const found = { hasBegun: true, isAlive: false, exit: undefined };
  expect([recoveryOf({ ...found, hasBegun: false }), recoveryOf({ ...found, hasBegun: false, exit: code(125) }), recoveryOf({ ...found, isAlive: true }), recoveryOf({ ...found, exit: code(0) }), recoveryOf(found)]).toEqual(["return", "return", "adopt", "finish", "lost"]);
});

test("a failure names the job, what became of it, and what to do", () => {
  expect(endFailure({ id, spec }, "completed", code(0))).toBeUndefined();
  expect(endFailure({ id, spec }, "failed", code(3))?.message).toBe(`job ${id} (npm test) ended with exit code 3`);
  expect(endFailure({ id, spec: { ...spec, name: "tests" } }, "timeout", code(0))).toMatchObject({ reason: "timed_out", message: "job tests (npm test) was ended after 1.5 s" });
  expect(endFailure({ id, spec }, "failed", { kind: "unknown" })?.hint).toContain("envctl job retry");
});

test("W14 an id tells when it was made, a short form means one where it is unique, and never a word", () => {
  expect(queuedAt(id)).toBe("2026-11-21T13:56:11.158Z");
  expect(idsMeant("7687", [id, "1795269371158950000"])).toEqual([id]);
  expect(idsMeant("687", [id])).toEqual([]);
  expect(idsMeant("", [id])).toEqual([]);
});

test("a mark's unit is a job's only with a whole id", () => {
  expect([isWork(jobUnitId({ id, spec })), isWork(graphUnitId("Main"))]).toEqual([true, true]);
  expect(["Main/job-1", "Main/jobs", "Main/graph"].map(isWork)).toEqual([false, false, false]);
});

test("W13 a pattern is matched against name and project, and its other characters are plain", () => {
  const named = { spec: { ...spec, name: "seed.users" } };
  expect(["seed*", "*users", "Main", "seed.users", "seed?users", "seedXusers", "m*"].map((pattern) => nameMatches(named, pattern))).toEqual([true, true, true, true, false, false, false]);
});

test("W8 a job has what is left of its time, and no more than it was given when the clock went back meanwhile", () => {
  const running: Job = { id, spec, attempts: 1, launches: 1, isTaken: false, life: { status: "running", startedAt: "2026-11-21T10:00:00.000Z" } };
  const leftAt = (time: string): number | undefined => timeLeftMs(running, Date.parse(`2026-11-21T${time}Z`));
  expect([leftAt("10:00:01.000"), leftAt("11:00:00.000"), leftAt("09:00:00.000")]).toEqual([500, 0, 1500]);
});

test("what is told of a job is short, however long its command is", () => {
  const message = endFailure({ id, spec: { ...spec, command: ["echo", "x".repeat(300_000)] } }, "failed", code(126))?.message ?? "";
  expect([message.length < 300, message]).toEqual([true, expect.stringMatching(/^job 1795269371158957687 \(echo x+…\) ended with exit code 126$/)]);
});

test("marks of graphs are told from those of jobs, services and other repositories", () => {
  const marks = ["repo-1/Main/+graph/graph-1", "repo-1/Main/web/run-1", `repo-1/Main/job-${id}/job`, "repo-2/Main/+graph/graph-1", ""];
  expect(marks.map((mark) => markedGraph(mark, "repo-1"))).toEqual(["Main", undefined, undefined, undefined, undefined]);
});

/** Which events are meant, and how a person reads them. */
import { describe, expect, test } from "vitest";
import { eventFilter } from "../../src/commands/event-filter.ts";
import { eventTypes, type Event, type EventBody } from "../../src/model/events.ts";
import { storyLine } from "../../src/ui/event-story.ts";

const handle = { pid: 7, startTime: "1", bootId: "b", pidNamespace: "p" };
const failure = { reason: "process_exited", message: "it ended" } as const;
const bodies: readonly EventBody[] = [
  { type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" },
  { type: "project_joined", project: { name: "Main", root: "/repo", slot: 0 } },
  { type: "project_joined", project: { name: "feature/a", root: "/repo/trees/a", slot: 1 } },
  { type: "unit_started", unitId: "Main/backend", handle },
  { type: "unit_crashed", unitId: "Main/backend", exit: { kind: "unknown" }, failure },
  { type: "unit_crashed", unitId: "feature/a/backend", exit: { kind: "unknown" }, failure },
  { type: "unit_stopping", unitId: "feature/a/web", because: "stop was asked for" },
  { type: "warning", code: "c", message: "careful" },
];
const events: readonly Event[] = bodies.map((body, index) => ({ ...body, seq: index + 1, at: "2026-11-21T07:00:00.000Z", runId: "run-1" }));
const known = { unitIds: ["Main/backend", "feature/a/backend", "feature/a/web"], projects: ["Main", "feature/a"] };
const seqs = (flags: Parameters<typeof eventFilter>[0]): readonly number[] => events.filter(eventFilter(flags, known)).map(({ seq }) => seq);

describe("a filter", () => {
  test.each<readonly [string, readonly number[]]>([
    ["", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["crashed", [5, 6]],
    ["unit_crashed", [5, 6]],
    ["crashed,stopping", [5, 6, 7]],
    ["backend", [4, 5, 6]],
    ["Main/backend", [4, 5]],
    ["MAIN", [2, 4, 5]],
    ["feature/a", [3, 6, 7]],
    ["crashed, Main", [5]],
    ["crashed,web", []],
    ["warning,run_started", [1, 8]],
  ])("%j", (filter, expected) => {
    expect(seqs({ filter })).toEqual(expected);
  });

  test("goes together with the flags of selection", () => {
    expect(seqs({ project: ["feature/a"], filter: "crashed" })).toEqual([6]);
    expect(seqs({ service: ["backend"], trees: true })).toEqual([6]);
    expect(seqs({ main: true })).toEqual([2, 4, 5]);
  });

  test.each([
    [{ filter: "crahsed" }, 'Did you mean "crashed"?'],
    [{ filter: "bakend" }, 'Did you mean "backend"?'],
    [{ service: ["wbe"] }, 'Did you mean "web"?'],
    [{ filter: "zzzzzzzz" }, expect.stringContaining("Name a transition")],
  ])("%j is no word of this run", (flags, hint) => {
    expect(() => eventFilter(flags, known)).toThrow(expect.objectContaining({ exit: 2, failures: [expect.objectContaining({ hint: hint as string })] }));
  });

  test("takes any name while nothing has run yet", () => {
    expect(events.filter(eventFilter({ filter: "web" }, undefined)).map(({ seq }) => seq)).toEqual([7]);
  });
});

test("every event that is recorded has a line of its own", () => {
  expect(events.map(storyLine)).toEqual([
    "2026-11-21T07:00:00.000Z ▶                          run run-1 begins",
    "2026-11-21T07:00:00.000Z + Main                     takes part, in /repo",
    "2026-11-21T07:00:00.000Z + feature/a                takes part, in /repo/trees/a",
    "2026-11-21T07:00:00.000Z … Main/backend             started, pid 7",
    "2026-11-21T07:00:00.000Z ✗ Main/backend             it ended",
    "2026-11-21T07:00:00.000Z ✗ feature/a/backend        it ended",
    "2026-11-21T07:00:00.000Z … feature/a/web            stopping: stop was asked for",
    "2026-11-21T07:00:00.000Z !                          careful",
  ]);
  expect(eventTypes).toContain("unit_limit");
});

/** A run told from its beginning to its end, and the page made of that. */
import { describe, expect, test } from "vitest";
import type { Event, EventBody } from "../../src/model/events.ts";
import { runChronicle, type RunChronicle } from "../../src/ui/run-chronicle.ts";
import { runPage, stateText, usageRows } from "../../src/ui/run-page.ts";
import { handle, unitSpec } from "../model/specimen.ts";

const api = unitSpec("Main", "api");
const odd = unitSpec("Main", `<b>"odd'&`);
const failure = { reason: "process_exited", message: "it ended </pre><script>", hint: "look at <its log>", logTail: ["</pre><img src=x>"] } as const;

const begun = Date.parse("2026-01-01T10:00:00.000Z");
const happened: readonly (readonly [number, EventBody])[] = [
  [0, { type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/shop" }],
  [0, { type: "project_joined", project: { name: "Main", root: "/shop", slot: 0 } }],
  [0, { type: "unit_planned", unitId: api.id, spec: api, because: "asked", isAutomatic: false }],
  [1, { type: "unit_starting", unitId: api.id, mark: "m", logPath: "/l", environmentId: "e" }],
  [2, { type: "unit_started", unitId: api.id, handle }],
  [4, { type: "unit_ready", unitId: api.id, handle, startupMs: 3000, evidence: "it answered" }],
  [4, { type: "unit_planned", unitId: odd.id, spec: odd, because: "asked", isAutomatic: false }],
  [5, { type: "unit_failed", unitId: odd.id, failure }],
  [60, { type: "unit_crashed", unitId: api.id, exit: { kind: "code", code: 1 }, failure }],
];

const events = (more: readonly (readonly [number, EventBody])[] = []): readonly Event[] =>
  [...happened, ...more].map(([seconds, body], index) => ({ ...body, seq: index + 1, at: new Date(begun + seconds * 1000).toISOString(), runId: "run-1" }));

const chronicle = (recorded = events(), more: Partial<Parameters<typeof runChronicle>[0]> = {}): RunChronicle =>
  runChronicle({ runId: "run-1", events: recorded, figures: {}, tests: [], nowMs: begun + 70_000, ...more });

describe("a run told whole", () => {
  test("has every state of a unit with how long it lasted, the last one until now", () => {
    const [unit] = chronicle().units;
    expect(unit?.states.map(stateText)).toEqual(["planned 1s", "starting 1s", "started 2s", "ready 56s", "failed 10s"]);
    expect(unit).toMatchObject({ status: "failed", starts: 1, readyMs: 3000 });
  });

  test("ends with the run, whatever the clock says now", () => {
    const over = chronicle(events([[65, { type: "run_stopped" }]]));
    expect([over.isOver, over.endMs - begun, over.units[0]?.states.map(stateText).at(-1)]).toEqual([true, 65_000, "failed 5s"]);
  });

  test("bears a clock that was set back, and a run of which nothing is left", () => {
    const back = chronicle(events(), { nowMs: begun - 5000 });
    expect(back.units.flatMap(({ states }) => states).filter(({ startMs, endMs }) => endMs < startMs)).toEqual([]);
    expect(runPage(chronicle([]))).toContain("<h1>run-1</h1>");
  });

  test("counts what a unit uses only where it was measured on the process that is meant", () => {
    const alive = events().slice(0, 6);
    const figures = (pid: number) => ({ [api.id]: { pid, cpu: 0.5, memory_bytes: 1024, fds: 3, processes: 1, uptime_ms: 1 } });
    expect([chronicle(alive, { figures: figures(4711) }), chronicle(alive, { figures: figures(1) })].map(({ units: [unit] }) => unit?.memoryBytes)).toEqual([1024, null]);
  });

  test("has what a unit used, with the time in which nobody measured left empty", () => {
    const usage = { schema_version: 1, run_id: "run-1", step_ms: 5000, units: { [api.id]: [[begun, 0.25, 2 ** 20], [begun + 5000, 0.5, 2 ** 21], [begun + 50_000, null, 2 ** 19]] } } as const;
    const measured = chronicle(events(), { usage });
    expect([measured.usageStepMs, measured.units.map((unit) => unit.usage.length)]).toEqual([5000, [3, 0]]);
    const page = runPage(measured);
    expect(page).toContain("<h2>Resource use over time</h2>");
    expect(page.match(/<polyline/g)).toHaveLength(3);
    expect(page).toContain(`<polyline fill="none" stroke="#4385be" stroke-width="1.5" points="0.0,14.0 18.6,1.0 37.1,1.0"/>`);
    expect(usageRows(measured)).toEqual([[api.id, "up to 50% CPU", "up to 2.0 MiB", "▅█▃"]]);
  });

  test("has the test results of its time, and not those of another", () => {
    const tests = [30, 900].map((seconds) => ({ project: "Main", at: new Date(begun + seconds * 1000).toISOString(), ok: true, passed: seconds, failed: 0 }));
    expect(chronicle(events(), { tests }).tests.map(({ passed }) => passed)).toEqual([30]);
  });

  test("keeps the end of a long story, and says what it left out", () => {
    const long = chronicle(events(Array.from({ length: 500 }, (_, index) => [61, { type: "warning", code: "c", message: `warning ${index}` }] as const)));
    expect([long.story.length, long.omitted, long.story.at(-1)]).toEqual([400, 109, expect.stringContaining("warning 499")]);
  });
});

describe("the page", () => {
  const page = runPage(chronicle());

  test("shows nothing of what it tells as markup", () => {
    expect(page).toContain("Main/&lt;b&gt;&quot;odd&#39;&amp;");
    expect(page).toContain("&lt;/pre&gt;&lt;img src=x&gt;");
    expect(page.match(/<(?:script|img|b>")/g)).toBeNull();
  });

  test("has the start, the states and the failures", () => {
    expect([...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual(["Start", "States over time", "Units", "Failures", "What happened"]);
    expect(page).toContain("/shop: Main; began 2026-01-01T10:00:00.000Z and had not been stopped 1m 10s later; 2 units, 0 restarts, 2 failures");
    expect(page).toContain(`<i class="ready" style="width:80.000%" title="ready 56s, from 10:00:04"></i>`);
  });

  test("of six weeks of crashes is bounded, and says what it left out and where that is", () => {
    const weeks = 6 * 7 * 24 * 3600;
    const crash = { ...failure, message: "m".repeat(5000), logTail: Array.from({ length: 20 }, () => "l".repeat(2000)) };
    const crashes = Array.from({ length: 20_000 }, (_, index): readonly (readonly [number, EventBody])[] => [
      [100 + (index * weeks) / 20_000, { type: "unit_ready", unitId: api.id, handle, startupMs: 1, evidence: "it answered" }],
      [110 + (index * weeks) / 20_000, { type: "unit_crashed", unitId: api.id, exit: { kind: "code", code: 1 }, failure: crash }],
    ]);
    const long = chronicle(events(crashes.flat()), { nowMs: begun + weeks * 1000 });
    const longPage = runPage(long);
    expect([long.mishaps.length, longPage.length < 1_500_000]).toEqual([20_002, true]);
    expect(longPage).toContain("<p>19902 earlier ones are left out: Main/&lt;b&gt;&quot;odd&#39;&amp; 1, Main/api 19901; `envctl report --run run-1 --json` and the file events.jsonl of the run have all of it.</p>");
    expect(longPage).toContain("39609 earlier lines are left out; `envctl report --run run-1 --json`");
    const spans = [...longPage.matchAll(/<i class="(\w+)" style="width:([\d.]+)%" title="\d+ states in/g)];
    expect([spans.length <= 240, new Set(spans.map(([, status]) => status)), Math.round(spans.reduce((sum, [, , width]) => sum + Number(width), 0))]).toEqual([true, new Set(["failed"]), 100]);
    expect(longPage).toContain("2026-01-01 10:00 to 2026-02-12 10:00");
  });
});

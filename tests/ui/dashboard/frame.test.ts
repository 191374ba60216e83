/** The screen is a function of the world: what is on it in every state, at every size. */
import { describe, expect, test } from "vitest";
import { statusWordSchema } from "../../../src/contracts/unit-row.ts";
import { dashboardFrame, settled } from "../../../src/ui/dashboard/frame.ts";
import { views, type Overlay } from "../../../src/ui/dashboard/place.ts";
import { lineWidth, painted, span } from "../../../src/ui/dashboard/span.ts";
import { spokenLines } from "../../../src/ui/dashboard/spoken.ts";
import { jobRow, logLine, nowMs, placeAt, reportOf, screenText, shopUnits, unitRow, worldOf } from "./specimen.ts";

const crashed = unitRow("feature/backend", { status: "failed", detail: "feature/backend ended by itself with exit code 3", cpu: null, memory_bytes: null });
const call = { command: "stop", words: [], targets: { projects: [], units: [] } };
const overlays: readonly (Overlay | undefined)[] = [
  undefined, { kind: "help", top: 0 }, { kind: "palette", text: "re", at: 1 }, { kind: "filter", text: "err", isRegex: true }, { kind: "path", text: "/" },
  { kind: "confirm", title: "stop", lines: ["ends Main/web"], call }, { kind: "message", title: "commit", lines: ["M a"], call, text: "a long message ".repeat(40) }, { kind: "output", title: "health", lines: [[span("ok")]], top: 0 },
];

describe("the screen", () => {
  test("shows units under their projects, the log below, and the keys that matter", () => {
    const world = worldOf(shopUnits, { log: { lines: [logLine("Main/backend", "GET /healthz 200")], share: 1, sizeBytes: 18 }, git: { Main: { branch: "main", commit: "997ecc83", ahead: 1, behind: 0, changed: 3 } } });
    expect(screenText(world, placeAt("Main/backend"), 84, 14)).toBe(`\
 envctl  shop  4 up                                                        ● daemon
━━ Units ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
 ▾ Main  main ↑1 ±3                                                          3/3 up
   postgres   ● healthy     :5432     2%   45M   10m      postgresql://127.0.0.1:54…
▌  backend    ● running     :8000     2%   45M   10m      http://localhost:8000
   worker     ● running               2%   45M   10m
 ▾ feature  feature                                                          1/1 up
   backend    ● running     :8020     2%   45M   10m      http://localhost:8020
── Logs Main/backend following 18 B ────────────────────────────────────────────────
 GET /healthz 200



 r restart  s stop  a start  o open  l logs  : commands  ? help  q quit`);
  });

  test("puts problems first, and says what is wrong beside them", () => {
    const text = screenText(worldOf([...shopUnits.slice(0, 3), crashed]), placeAt("Main/backend"), 100, 20);
    expect(text.indexOf("feature")).toBeLessThan(text.indexOf("Main"));
    expect(text).toMatch(/backend +✗ failed +ended by itself with exit code 3/);
    expect(text).toMatch(/3 up · 1 failed/);
  });

  test("shows the health of folded projects as small bars", () => {
    const text = screenText(worldOf(shopUnits, { health: { Main: [1, 1, 0.3, 1] } }), placeAt("feature/backend", { folded: ["Main"] }));
    expect(text).toMatch(/▸ Main .*██▃█ 3\/3 up/);
    expect(text).not.toContain("postgres");
  });

  test("says that the daemon is gone, and which key starts one", () => {
    expect(screenText(worldOf(shopUnits, { link: "gone" }))).toContain("no daemon: nothing is supervised  D starts one");
    expect(screenText(worldOf(shopUnits))).not.toContain("no daemon");
  });

  test("says what is under way, and that the configuration differs", () => {
    const report = reportOf(shopUnits, { differing: { "Main/backend": "command" } });
    expect(screenText(worldOf(shopUnits, { report, work: ["restart Main/backend"] }), undefined, 120)).toMatch(/restart Main\/backend….*\.envctl differs in 1: reload/);
  });
});

describe("in little room", () => {
  test("the header still says what is wrong, and that first", () => {
    const units = [...shopUnits.slice(0, 2), unitRow("Main/worker", { status: "stopped" }), unitRow("Main/mail", { status: "degraded" }), crashed];
    const world = worldOf(units, { work: ["restart Main/worker"], jobs: [jobRow("seed")], report: reportOf(units, { differing: { "Main/backend": "command" } }) });
    const header = (width: number): string => screenText(world, placeAt("Main/backend"), width).split("\n")[0] ?? "";
    expect(header(160)).toMatch(/2 up · 1 failed · 1 degraded · 1 stopped +restart Main\/worker… +1 job runs +\.envctl differs in 1: reload +● daemon/);
    expect(header(80)).toMatch(/2 up · 1 failed · .*… +restart Main\/worker… +● daemon$/);
  });

  test("units of projects with long names are told apart", () => {
    const project = "checkout-redesign-with-a-long-name";
    const units = [unitRow(`${project}/backend`), unitRow(`${project}/frontend`), unitRow("Main/backend")];
    const log = { lines: [logLine(`${project}/backend`, "one"), logLine(`${project}/frontend`, "two")], share: 1, sizeBytes: 8 };
    const text = screenText(worldOf(units, { log }), placeAt(project, { log: { ...placeAt("").log, scope: "everything" } }));
    expect(text).toMatch(/checkout-rede…\/backend +│ one\n +checkout-red…\/frontend +│ two/);
    expect(text).toMatch(/ 2\/2 up/);
  });
});

describe("a view", () => {
  test("shows why a unit is as it is, with its variables and what comes next", () => {
    const detail = {
      unitId: "Main/backend",
      reasons: [{ text: "Main/backend is restarting.", depth: 0 }, { text: "Restart 2 is due.", depth: 1 }],
      env: { DATABASE_URL: "postgresql://app:***@127.0.0.1/app" },
      probes: [{ at: "2026-11-21T07:58:00.000Z", mark: "✓", text: "ready in 420 ms" }],
      restarts: [{ at: "2026-11-21T08:00:04.000Z", mark: "↻", text: "restart 2" }],
      events: [],
    };
    const text = screenText(worldOf(shopUnits, { detail }), placeAt("Main/backend", { view: "detail" }), 100, 30);
    expect(text).toMatch(/Main\/backend is restarting\.\n +Restart 2 is due\.[\s\S]*Restarts\n +in 4s ↻ restart 2[\s\S]*Probes\n +2m ago ✓ ready in 420 ms[\s\S]*DATABASE_URL=postgresql:\/\/app:\*\*\*@/);
  });

  test("compares the same service of all projects", () => {
    const world = worldOf(shopUnits, { latencies: { "Main/backend": { path: "/healthz", ms: 12, status: 200 }, "feature/backend": { path: "/healthz", trouble: "no answer" } }, tests: { feature: { ok: false, passed: 40, failed: 2, at: "2026-11-21T07:00:00.000Z", directory: "/results/feature", troubles: ["cart: removes", "prices timed_out"] } }, tails: { "feature/backend": [logLine("feature/backend", "listening")] } });
    const text = screenText(world, placeAt("Main/backend", { view: "compare" }), 100, 30);
    expect(text).toMatch(/project +Main +feature/);
    expect(text).toMatch(/answers +200 in 12 ms GET \/healthz +no answer GET \/healthz/);
    expect(text).toMatch(/tests +– +✗ 2 of 42/);
    expect(text).toContain("listening");
  });

  test("tells of a project which of its tests failed, and where the rest is told", () => {
    const tests = { feature: { ok: false, passed: 40, failed: 22, at: "2026-11-21T07:00:00.000Z", directory: "/results/feature", troubles: ["prices timed_out", ...Array.from({ length: 22 }, (_, index) => `cart: case ${index}`)] }, Main: { ok: false, passed: 0, failed: 0, at: "2026-11-21T07:00:00.000Z", directory: "/results/Main", troubles: ["cart failed"] } };
    const text = screenText(worldOf(shopUnits, { tests }), placeAt("feature", { view: "detail" }), 100, 60);
    expect(text).toMatch(/tests ✗ 22 of 62 +1h ago\n +✗ prices timed_out\n +✗ cart: case 0\n[\s\S]*case 18\n +and 3 more\n +\/results\/feature/);
    expect(text).toMatch(/Main +main +tests ✗ +3\/3 up/);
  });

  test("draws the start as bars that grow while it goes on", () => {
    const waterfall = [
      { unitId: "Main/postgres", startMs: nowMs - 4000, endMs: nowMs - 2000, outcome: "ready" as const, spans: [{ name: "launch", startMs: nowMs - 4000, endMs: nowMs - 3000 }, { name: "ready", startMs: nowMs - 3000, endMs: nowMs - 2000 }] },
      { unitId: "Main/backend", startMs: nowMs - 2000, outcome: "running" as const, spans: [{ name: "install", startMs: nowMs - 2000 }] },
    ];
    const text = screenText(worldOf(shopUnits, { waterfall }), placeAt("Main/backend", { view: "waterfall" }), 80, 24);
    expect(text).toContain("Startup 2 units in 4s so far");
    expect(text).toMatch(/Main\/postgres ▆{18,21} +2s/);
    expect(text).toMatch(/Main\/backend {18,24}▆+ 2s …/);
  });

});

describe("every screen", () => {
  test("is as large as the terminal, whatever is on it", () => {
    const world = worldOf([...shopUnits, unitRow("feature/名前サービス", { detail: "日本語 \u001b[31m\u0007 an escape" })], { log: { lines: [logLine("Main/backend", "\u001b[31mred\u001b[2J\tand 世界 🎉".repeat(40))], share: 0.5, sizeBytes: 4 } });
    for (const [width, height] of [[40, 8], [80, 24], [111, 30], [160, 50], [400, 90], [20, 4]] as const) {
      for (const view of views) {
        for (const overlay of overlays) {
          const frame = dashboardFrame(world, placeAt("Main/backend", { view, overlay }), { width, height });
          expect({ width, height, view, overlay: overlay?.kind, widths: [...new Set(frame.map(lineWidth))], lines: frame.length }).toEqual({ width, height, view, overlay: overlay?.kind, widths: [width], lines: height });
        }
      }
    }
  });

  test.each(statusWordSchema.options)("knows the word %s", (status) => {
    const shown = status === "termination_failed" ? "won't end" : status;
    expect(screenText(worldOf([unitRow("Main/api", { status })]))).toMatch(new RegExp(`api +[●◐✗○] ${shown}`));
  });

  test("says how to begin where nothing was ever started", () => {
    expect(screenText(worldOf([], { report: reportOf([], { found: false }), link: "never" }))).toMatch(/nothing was started yet[\s\S]*a starts what \.envctl says/);
  });
});

describe("colours", () => {
  const [plain, colored] = [{ hasColor: false, hasLinks: false }, { hasColor: true, hasLinks: true }];
  test("and links are left out with NO_COLOR, but what is chosen can still be seen", () => {
    expect(painted([span("failed", "bad"), span("api", "chosen"), span(":8000", "accent", "http://localhost:8000")], plain)).toBe("\u001b[1mfailed\u001b[0m\u001b[1;7mapi\u001b[0m:8000");
    expect(painted([span(":8000", "accent", "http://localhost:8000")], colored)).toBe("\u001b]8;;http://localhost:8000\u001b\\\u001b[36m:8000\u001b[0m\u001b]8;;\u001b\\");
  });
});

test("a reader of screens gets sentences: where one is first, then problems", () => {
  const world = worldOf([...shopUnits.slice(0, 3), crashed], { log: { lines: [logLine("Main/backend", "GET / 200")], share: 1, sizeBytes: 10 } });
  const lines = spokenLines(world, placeAt("Main/backend"), 5);
  expect(lines.slice(0, 2)).toEqual(["Here: Main/backend, running, port 8000, for 10m", "Problem: feature/backend, failed, for 10m: feature/backend ended by itself with exit code 3"]);
  expect(lines).toContain(" GET / 200");
  expect(lines.join("")).not.toMatch(/[│─━▌●]/);
});

test("a reader of screens gets the beginning of a long line, or all of it when lines are wrapped", () => {
  const text = `error: ${"everything is wrong ".repeat(250)}end`;
  const world = worldOf(shopUnits, { log: { lines: [logLine("Main/backend", "before"), logLine("feature/backend", text, { level: "error" })], share: 1, sizeBytes: 5000 } });
  const place = placeAt("Main/backend");
  const spoken = (wraps: boolean): readonly string[] => spokenLines(world, { ...place, log: { ...place.log, scope: "everything", wraps } }, 50);
  expect(spoken(false).filter((line) => line.includes("wrong"))).toEqual([expect.stringMatching(/^ feature\/backend: error: everything is wrong .{100,140}…$/)]);
  expect(Math.max(...spoken(true).map((line) => line.length))).toBeLessThanOrEqual(160);
  expect(spoken(true).join("\n")).toMatch(/before\n[\s\S]*wrong[\s\S]*end\nKeys/);
});

test("a reader of screens is told the comparison and the start in words", () => {
  const waterfall = [{ unitId: "Main/backend", startMs: nowMs - 4000, endMs: nowMs - 1000, outcome: "ready" as const, spans: [{ name: "launch", startMs: nowMs - 4000, endMs: nowMs - 3500 }, { name: "ready", startMs: nowMs - 3500, endMs: nowMs - 1000 }] }];
  const world = worldOf(shopUnits, { waterfall, latencies: { "Main/backend": { path: "/healthz", ms: 12, status: 200 } } });
  expect(spokenLines(world, placeAt("Main/backend", { view: "waterfall" }), 5)).toContain("Main/backend: ready after 3s: ready 2.5s, launch 500 ms");
  expect(spokenLines(world, placeAt("Main/backend", { view: "compare" }), 5)).toEqual(expect.arrayContaining(["Main/backend: state running 10m, address http://localhost:8000, uses 2%  45M, answers 200 in 12 ms GET /healthz", "feature/backend: state running 10m, address http://localhost:8020, uses 2%  45M"]));
});

test("what is scrolled to its end goes back with the first key", () => {
  const size = { width: 80, height: 24 };
  const waterfall = Array.from({ length: 60 }, (_, index) => ({ unitId: `Main/s${index}`, startMs: nowMs - 4000, endMs: nowMs, outcome: "ready" as const, spans: [] }));
  const world = worldOf(shopUnits, { waterfall });
  const frameAt = (place: Parameters<typeof settled>[0]): string => dashboardFrame(world, place, size).map((line) => painted(line, { hasColor: false, hasLinks: false })).join("\n");
  const place = placeAt("Main/backend", { view: "waterfall", top: 1_000_000 });
  const end = settled(place, world, size);
  expect(frameAt(end)).toBe(frameAt(place));
  expect(frameAt({ ...end, top: end.top - 1 })).not.toBe(frameAt(end));
  const lines = Array.from({ length: 50 }, (_, index) => [span(`line ${index + 1}`)]);
  expect(settled(placeAt("Main/backend", { overlay: { kind: "output", title: "health", lines, top: 1_000_000 } }), world, size).overlay).toMatchObject({ top: 30 });
});

/** docs/states.md says what the code does: every row of its tables is derived, and no case is left out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { statusWordSchema } from "../../src/contracts/unit-row.ts";
import type { UnitTruth } from "../../src/model/facts.ts";
import type { Failure } from "../../src/model/failure.ts";
import type { Lifecycle } from "../../src/model/lifecycle.ts";
import type { UnitState } from "../../src/model/run-state.ts";
import { statusGrade, statusWord, type StatusWord } from "../../src/ui/status-word.ts";
import { handle, unitSpec } from "../model/specimen.ts";
import { packageRoot } from "../rig/source-files.ts";

const page = readFileSync(join(packageRoot, "docs/states.md"), "utf8");

/** Rows of the table below a heading, without its own heading. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|")).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  return rows.slice(2);
}

const at = "2026-01-01T00:00:00.000Z";
const failure: Failure = { reason: "readiness_timeout", message: "" };
const lives: Readonly<Record<string, Lifecycle>> = {
  planned: { status: "planned", at },
  preparing: { status: "preparing", at, step: "install" },
  starting: { status: "starting", at },
  started: { status: "started", at, handle },
  ready: { status: "ready", at, handle, startupMs: 1, evidence: "" },
  unhealthy: { status: "unhealthy", at, handle, failure },
  stopping: { status: "stopping", at, handle },
  stopped: { status: "stopped", at, exit: { kind: "code", code: 0 }, killed: [] },
  failed: { status: "failed", at, failure, handle },
  "failed: a stop": { status: "failed", at, failure: { ...failure, reason: "stop_failed" }, handle },
  restarting: { status: "restarting", at, dueAt: at, attempt: 1, delayMs: 1, failure, alongside: [] },
  blocked: { status: "blocked", at, failure },
};

const alive = (isListening: boolean): UnitTruth => ({ state: "alive", handle, isSupervised: true, isListening });
const truths: Readonly<Record<string, UnitTruth>> = {
  "alive, listens": alive(true),
  "alive, does not listen": alive(false),
  gone: { state: "dead", exit: { kind: "unknown" } },
  elsewhere: { state: "unknown", because: "another pid namespace" },
};

interface Case {
  readonly life: string;
  readonly hasPort: boolean;
  readonly isWanted: boolean;
  readonly truth: string;
}

/** Everything that can be recorded and observed. A unit without a port counts as listening. */
const cases: readonly Case[] = Object.keys(lives).flatMap((life) =>
  [true, false].flatMap((hasPort) => [true, false].flatMap((isWanted) => Object.keys(truths).filter((truth) => hasPort || truth !== "alive, does not listen").map((truth) => ({ life, hasPort, isWanted, truth })))),
);

function isRecorded(text: string, one: Case): boolean {
  const isBegun = !["planned", "preparing", "starting"].includes(one.life);
  if (text.startsWith("planned, preparing or starting")) return !isBegun && one.isWanted === !text.includes("not wanted");
  if (text.startsWith("failed, ")) return one.life === "failed" && one.hasPort === text.endsWith("with a port");
  return text === one.life;
}

function isObserved(text: string, one: Case): boolean {
  return text === "any" || text === one.truth || (text === "alive" && one.truth.startsWith("alive")) || text.split(" or ").includes(one.truth);
}

function unitOf({ life, hasPort, isWanted }: Case, kind: "service" | "requirement"): Pick<UnitState, "spec" | "life" | "isWanted"> {
  const recorded = lives[life];
  if (recorded === undefined) throw new Error(`no life ${life}`);
  return { spec: unitSpec("Main", "api", { kind, ...(hasPort ? {} : { ports: [] }) }), life: recorded, isWanted };
}

describe("the page of status words", () => {
  const rows = rowsUnder("From record and observation to the word");

  test.each(cases)("says one thing about $life, observed $truth, wanted $isWanted, with a port $hasPort, and it is true", (one) => {
    const matching = rows.filter(([recorded = "", observed = ""]) => isRecorded(recorded, one) && isObserved(observed, one));
    expect(matching).toHaveLength(1);
    expect([statusWord(unitOf(one, "service"), truths[one.truth]), statusWord(unitOf(one, "requirement"), truths[one.truth])]).toEqual(matching[0]?.slice(2));
  });

  test("has no row that is about nothing", () => {
    expect(rows.filter(([recorded = "", observed = ""]) => !cases.some((one) => isRecorded(recorded, one) && isObserved(observed, one)))).toEqual([]);
  });

  test("a unit that was only planned is stopped once its run is", () => {
    expect(statusWord(unitOf({ life: "planned", hasPort: true, isWanted: true, truth: "gone" }, "service"), undefined, { stoppedAt: at })).toBe("stopped");
  });

  test("a server of somebody else's is external, or unreachable", () => {
    const wordOf = (life: string): StatusWord => {
      const unit = unitOf({ life, hasPort: false, isWanted: true, truth: "alive, listens" }, "requirement");
      return statusWord({ ...unit, spec: { ...unit.spec, executor: "external" } }, alive(true));
    };
    expect(["ready", "unhealthy", "failed", "started", "stopped"].map(wordOf)).toEqual(["external", "unreachable", "unhealthy", "starting", "stopped"]);
  });

  test("defines every word, and grades it as the code does", () => {
    const defined = [...rowsUnder("Words of services").map(([word = ""]) => word.replaceAll("`", "")), "healthy", "external"];
    expect(defined.toSorted()).toEqual([...statusWordSchema.options].toSorted());
    const graded = rowsUnder("How they count").flatMap(([grade = "", words = ""]) => words.split(", ").map((word) => [word, grade]));
    expect(graded.toSorted()).toEqual(statusWordSchema.options.map((word: StatusWord) => [word, statusGrade(word)]).toSorted());
  });
});

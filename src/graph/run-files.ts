/**
 * Runs of a project's graph on disk, one directory each: its events, appended a line at a time, and the logs of its units. Whoever is
 * killed when, what was written stands; a torn last line is one that never happened.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, makeDirectory, readJson, writeAtomic } from "../host/files.ts";
import { hashOf } from "../model/hash.ts";
import type { GraphEvent } from "./record.ts";

const keptRuns = 20;

/** One run. */
export interface RunFiles {
  readonly id: string;
  readonly directory: string;
  readonly events: string;
  /** In one write. */
  append(events: readonly GraphEvent[]): void;
  logOf(unit: string): string;
  /** For what a unit writes for others. */
  exchangeOf(unit: string): string;
  /** Units that were handed in by hand, oldest first. */
  handedIn(): readonly HandedIn[];
}

/** A file of units for a run, and the place for the answer. */
export interface HandedIn {
  readonly units: readonly unknown[];
  readonly directory: string;
  answer(answer: HandedInAnswer): void;
}

export interface HandedInAnswer {
  readonly added: readonly string[];
  readonly problems: readonly string[];
}

/** Ids sort by time. */
export function runIds(root: string): readonly string[] {
  return existsSync(root) ? readdirSync(root).filter((name) => beganAt(name) !== undefined).sort() : [];
}

/** Milliseconds since 1970; undefined for what is no id. */
function beganAt(id: string): number | undefined {
  const ms = Date.parse(id.replace(/^graph-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/, "$1-$2-$3T$4:$5:$6.$7Z"));
  return id.startsWith("graph-") && !Number.isNaN(ms) ? ms : undefined;
}

/** A new run, later than all others whatever the clock says; the oldest ones go. */
export function beginRun(root: string, now: number): RunFiles {
  makeDirectory(root);
  const firstMs = Math.max(now, (beganAt(runIds(root).at(-1) ?? "") ?? 0) + 1);
  for (const old of runIds(root).slice(0, -(keptRuns - 1))) rmSync(join(root, old), { recursive: true, force: true });
  for (let attempt = 0; ; attempt += 1) {
    const id = `graph-${new Date(firstMs + attempt).toISOString().replaceAll(/\D/g, "")}`;
    try {
      mkdirSync(join(root, id), { mode: 0o700 });
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw error;
    }
    for (const part of ["logs", "exchange", "added"]) mkdirSync(join(root, id, part), { mode: 0o700 });
    writeFileSync(join(root, id, eventsName), "", { mode: 0o600 });
    return runFiles(root, id);
  }
}

const eventsName = "events.jsonl";

/** One that is there. */
export function runFiles(root: string, id: string): RunFiles {
  const directory = join(root, id);
  const events = join(directory, eventsName);
  return {
    id,
    directory,
    events,
    append: (more) => appendFileSync(events, more.map((event) => `${JSON.stringify(event)}\n`).join(""), { mode: 0o600 }),
    logOf: (unit) => join(directory, "logs", `${fileName(unit)}.log`),
    exchangeOf: (unit) => join(directory, "exchange", fileName(unit)),
    handedIn: () => handedIn(join(directory, "added")),
  };
}

/** Lines that are not whole are left out. */
export function readEvents(path: string): readonly GraphEvent[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap(eventIn);
}

/** Undefined for what a killed writer left. */
export function eventIn(line: string): readonly GraphEvent[] {
  try {
    return [JSON.parse(line) as GraphEvent];
  } catch {
    return [];
  }
}

/** Hands units to a run; the answer is to be waited for at the path that is returned. */
export function handIn(run: RunFiles, token: string, units: readonly unknown[], directory: string): string {
  writeAtomic(join(run.directory, "added", `${token}.json`), JSON.stringify({ units, directory }));
  return join(run.directory, "added", `${token}.answer`);
}

function handedIn(directory: string): readonly HandedIn[] {
  const names = readdirSync(directory);
  return names.filter((name) => name.endsWith(".json") && !names.includes(name.replace(/\.json$/, ".answer"))).sort().map((name): HandedIn => {
    const { units = [], directory: from = directory } = (readJson(join(directory, name)) ?? {}) as { readonly units?: readonly unknown[]; readonly directory?: string };
    return { units, directory: from, answer: (answer) => writeAtomic(join(directory, name.replace(/\.json$/, ".answer")), JSON.stringify(answer)) };
  });
}

/** Readable, and different for different units. */
function fileName(unit: string): string {
  // A name of dots is a directory above.
  const plain = unit.replaceAll(/[^\w.-]|^\./g, "_").slice(0, 100);
  return plain === unit && unit !== "" ? unit : `${plain}-${hashOf(unit)}`;
}

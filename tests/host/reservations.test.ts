import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { createReservations, type Reservations } from "../../src/host/reservations.ts";
import type { ProcessHandle } from "../../src/model/unit.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const handleOf = (pid: number): ProcessHandle => ({ pid, startTime: String(pid), bootId: "b", pidNamespace: "n" });

interface Neighbours {
  readonly stateRoot: string;
  readonly alive: Set<number>;
  readonly mine: Reservations;
  readonly theirs: Reservations;
}

function neighbours(): Neighbours {
  const stateRoot = temporaryDirectory(onTestFinished, "reservations");
  const alive = new Set([1, 2]);
  const scope = (name: string, pid: number): Reservations =>
    createReservations({ stateRoot, scope: name, repository: `/${name}`, me: handleOf(pid), clock: systemClock, isAlive: (handle) => alive.has(handle.pid ?? 0) });
  return { stateRoot, alive, mine: scope("repo-mine", 1), theirs: scope("repo-theirs", 2) };
}

const wanted = (...ports: readonly number[]) => ports.map((port) => ({ port, unitId: "Main/api" }));

test("what one scope has reserved another cannot, and it gets all or nothing", async () => {
  const { mine, theirs } = neighbours();
  expect(await mine.reserve(wanted(8000, 8001))).toBeUndefined();
  expect(theirs.foreignHolder(8000)).toMatchObject({ scope: "repo-mine", unitId: "Main/api", repository: "/repo-mine" });
  expect(await theirs.reserve(wanted(8002, 8001))).toMatchObject({ port: 8001 });
  expect(theirs.own()).toEqual([]);
  expect(mine.foreignHolder(8000)).toBeUndefined();
});

test("who asks for the same ports at once cannot both have them", async () => {
  const { mine, theirs } = neighbours();
  const results = await Promise.all([mine.reserve(wanted(8000, 8001)), theirs.reserve(wanted(8001, 8000))]);
  expect(results.filter((result) => result === undefined)).toHaveLength(1);
});

test("only one's own reservations are given back, and nothing is left of them", async () => {
  const { stateRoot, mine, theirs } = neighbours();
  await mine.reserve(wanted(8000));
  theirs.release([8000]);
  expect(mine.own()).toMatchObject([{ port: 8000 }]);
  mine.release([8000, 9999]);
  expect(readdirSync(join(stateRoot, "ports"))).toEqual([]);
});

test("a reservation counts as long as its daemon or its unit lives", async () => {
  const { stateRoot, alive, mine, theirs } = neighbours();
  await theirs.reserve(wanted(8000));
  mkdirSync(join(stateRoot, "repo-theirs"));
  const state = { run: { units: { "Main/api": { life: { status: "ready", handle: handleOf(3) } } } } };
  writeFileSync(join(stateRoot, "repo-theirs", "run_state.json"), JSON.stringify(state));
  alive.delete(2);
  alive.add(3);
  expect(mine.foreignHolder(8000)).toBeDefined();
  alive.delete(3);
  expect(mine.foreignHolder(8000)).toBeUndefined();
  expect(await mine.reserve(wanted(8000))).toBeUndefined();
  expect(mine.own()).toMatchObject([{ port: 8000 }]);
});

test("a damaged reservation holds nothing", async () => {
  const { stateRoot, mine } = neighbours();
  mkdirSync(join(stateRoot, "ports"));
  writeFileSync(join(stateRoot, "ports", "8000.lock"), "{ torn");
  expect(mine.foreignHolder(8000)).toBeUndefined();
  expect(await mine.reserve(wanted(8000))).toBeUndefined();
});

test("what a killed writer left half written goes with the next reservation", async () => {
  const { stateRoot, mine } = neighbours();
  mkdirSync(join(stateRoot, "ports"));
  writeFileSync(join(stateRoot, "ports", "8000.lock.17.abcdef01.tmp"), "{ torn");
  await mine.reserve(wanted(8000));
  expect(readdirSync(join(stateRoot, "ports"))).toEqual(["8000.lock"]);
});

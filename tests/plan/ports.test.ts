import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PortFact } from "../../src/model/facts.ts";
import { assignPorts, type PortWish } from "../../src/plan/ports.ts";
import { free, taken } from "./specimen.ts";

const wish = (unitId: string, requested: number, more: Partial<PortWish> = {}): PortWish => ({ unitId, portName: "main", requested, ...more });
const facts = (from: number, to: number, taking: readonly number[]): Record<number, PortFact> =>
  Object.fromEntries(Array.from({ length: to - from + 1 }, (_, index) => [from + index, taking.includes(from + index) ? taken : free]));
const nobody: ReadonlySet<number> = new Set();

test("a free port is had as asked for", () => {
  expect(assignPorts([wish("a", 8000)], { 8000: free }, nobody)).toEqual({ ports: { a: [{ name: "main", port: 8000, requested: 8000 }] }, moves: [], missing: [], hopeless: [] });
});

test("a taken port moves to the next free one that no other slot owns, and tells who has it", () => {
  const { ports, moves } = assignPorts([wish("a", 8000)], facts(8000, 8010, [8000, 8001]), new Set([8002, 8003]));
  expect(ports["a"]?.[0]?.port).toBe(8004);
  expect(moves).toMatchObject([{ unitId: "a", requested: 8000, port: 8004, holder: { pid: 99 } }]);
});

test("a living unit keeps its port whatever is said about it; a dead one is offered the number it had", () => {
  expect(assignPorts([wish("a", 8000, { held: 8003 })], {}, nobody).ports["a"]?.[0]?.port).toBe(8003);
  expect(assignPorts([wish("a", 8000, { previous: 8003 })], { 8003: free }, nobody)).toMatchObject({ ports: { a: [{ port: 8003 }] }, moves: [] });
});

test("when the number it had is taken by now, the one asked for is had without calling that a move", () => {
  expect(assignPorts([wish("a", 8000, { previous: 8003 })], { 8003: taken, 8000: free }, nobody)).toMatchObject({ ports: { a: [{ port: 8000 }] }, moves: [] });
});

test("a port of a living unit that is not planned is not given away, though nobody listens on it now", () => {
  const { ports, moves } = assignPorts([wish("a", 8000)], facts(8000, 8005, []), nobody, new Map([[8000, "Main/b"]]));
  expect(ports["a"]?.[0]?.port).toBe(8001);
  expect(moves).toMatchObject([{ holder: { reservation: "Main/b" } }]);
});

test("a port that several may move to is asked for once, since testing it twice at the same time finds it taken", () => {
  const wishes = [wish("a", 8000), wish("b", 8001), wish("c", 8002)];
  expect(assignPorts(wishes, facts(8000, 8002, [8000, 8001, 8002]), new Set([8000, 8001, 8002])).missing).toEqual([8003]);
});

test("ports nobody has looked at are asked for", () => {
  expect(assignPorts([wish("a", 8000), wish("b", 9000)], {}, nobody)).toMatchObject({ ports: {}, missing: [8000, 9000] });
  expect(assignPorts([wish("a", 8000)], { 8000: taken }, nobody).missing).toEqual([8001]);
});

test("it gives up after two hundred numbers, and at the end of all numbers", () => {
  const all = Array.from({ length: 300 }, (_, index) => 8000 + index);
  expect(assignPorts([wish("a", 8000)], facts(8000, 8300, all), nobody).hopeless).toMatchObject([{ unitId: "a" }]);
  expect(assignPorts([wish("a", 65_535)], { 65535: taken }, nobody).hopeless).toHaveLength(1);
});

test("no two units share a port, and none moves to a number another slot owns", () => {
  const wishes = fc.uniqueArray(fc.record({ unitId: fc.nat(12).map(String), requested: fc.integer({ min: 8000, max: 8012 }), held: fc.option(fc.integer({ min: 8020, max: 8040 })), previous: fc.option(fc.integer({ min: 8000, max: 8015 })) }), {
    selector: (one) => one.unitId,
  });
  const portSet = fc.uniqueArray(fc.integer({ min: 8000, max: 8040 }));
  fc.assert(
    fc.property(wishes, portSet, portSet, (raw, taking, owned) => {
      const heldOnce = new Set<number>();
      const asked = raw.map(({ unitId, requested, held, previous }): PortWish => {
        const isOwn = held !== null && !heldOnce.has(held);
        if (isOwn) heldOnce.add(held);
        return wish(unitId, requested, { ...(isOwn ? { held } : {}), ...(previous === null ? {} : { previous }) });
      });
      const { ports, moves, hopeless, missing } = assignPorts(asked, facts(8000, 8300, taking), new Set(owned));
      const numbers = Object.values(ports).flatMap((of) => of.map((one) => one.port));
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers.length + hopeless.length).toBe(asked.length);
      expect(missing).toEqual([]);
      expect(moves.filter((move) => owned.includes(move.port) && asked.every((one) => one.previous !== move.port))).toEqual([]);
      for (const one of asked) if (one.held === undefined) expect(taking).not.toContain(ports[one.unitId]?.[0]?.port);
    }),
  );
});

/** Port assignment: base + slot × spacing where that is free, else the next number nobody else's slot owns. */
import type { PortFact, PortHolder } from "../model/facts.ts";
import type { UnitId, UnitPort } from "../model/unit.ts";

/** A port a unit wants. `held` is the number it has now while it lives; `previous` the one it had before. */
export interface PortWish {
  readonly unitId: UnitId;
  readonly portName: string;
  readonly requested: number;
  readonly held?: number;
  readonly previous?: number;
}

export interface Assignment {
  readonly ports: Readonly<Record<UnitId, readonly UnitPort[]>>;
  readonly moves: readonly { readonly unitId: UnitId; readonly portName: string; readonly requested: number; readonly port: number; readonly holder: PortHolder }[];
  /** Ports whose state must be observed before the assignment can be final, each once: a port is tested by taking it. */
  readonly missing: readonly number[];
  /** Wishes nothing could be found for. */
  readonly hopeless: readonly PortWish[];
}

/** How far from the requested number a port is looked for. */
const reach = 200;

interface Choice {
  readonly port?: number;
  readonly missing?: number;
  /** Who was in the way of the requested number. */
  readonly holder?: PortHolder;
}

/**
 * Assigns in order; `owned` are the numbers any unit of any slot asks for, `inUse` those of living units that have no
 * wish, by unit: they may not listen at this very moment.
 */
export function assignPorts(wishes: readonly PortWish[], facts: Readonly<Record<number, PortFact>>, owned: ReadonlySet<number>, inUse: ReadonlyMap<number, UnitId> = new Map()): Assignment {
  const used = new Map(inUse);
  for (const wish of wishes) if (wish.held !== undefined) used.set(wish.held, wish.unitId);
  const ports: Record<UnitId, UnitPort[]> = {};
  const moves: Assignment["moves"][number][] = [];
  const missing = new Set<number>();
  const hopeless: PortWish[] = [];
  for (const wish of wishes) {
    const choice = wish.held === undefined ? choose(wish, facts, owned, used) : { port: wish.held };
    if (choice.missing !== undefined) missing.add(choice.missing);
    if (choice.port === undefined) {
      if (choice.missing === undefined) hopeless.push(wish);
      continue;
    }
    used.set(choice.port, wish.unitId);
    (ports[wish.unitId] ??= []).push({ name: wish.portName, port: choice.port, requested: wish.requested });
    if (choice.holder !== undefined && choice.port !== wish.requested) moves.push({ unitId: wish.unitId, portName: wish.portName, requested: wish.requested, port: choice.port, holder: choice.holder });
  }
  return { ports, moves, missing: [...missing], hopeless };
}

function choose(wish: PortWish, facts: Readonly<Record<number, PortFact>>, owned: ReadonlySet<number>, used: ReadonlyMap<number, UnitId>): Choice {
  let holder: PortHolder | undefined;
  for (const port of candidates(wish, owned)) {
    const user = used.get(port);
    if (user !== undefined) {
      if (port === wish.requested) holder = { address: "127.0.0.1", reservation: user };
      continue;
    }
    const fact = facts[port];
    if (fact === undefined) return { missing: port, ...(holder === undefined ? {} : { holder }) };
    if (fact.state === "free") return { port, ...(holder === undefined ? {} : { holder }) };
    if (port === wish.requested) holder = fact.holder;
  }
  return holder === undefined ? {} : { holder };
}

function* candidates(wish: PortWish, owned: ReadonlySet<number>): Iterable<number> {
  if (wish.previous !== undefined) yield wish.previous;
  yield wish.requested;
  for (let port = wish.requested + 1; port <= Math.min(65_535, wish.requested + reach); port += 1) if (!owned.has(port)) yield port;
}

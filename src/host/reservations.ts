/** Port reservations across the user's repositories: `<state root>/ports/<port>.lock`, each with its owner. */
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Handle, ProcessHandle } from "../model/unit.ts";
import { faultPoint } from "./fault-point.ts";
import { makeDirectory, readJson, writeAtomic } from "./files.ts";
import type { Clock } from "./clock.ts";
import { isLock, tryLock, type Lock } from "./lock.ts";

export interface Reservation {
  readonly port: number;
  readonly scope: string;
  readonly unitId: string;
  readonly repository: string;
  /** The daemon that reserved it. */
  readonly daemon: ProcessHandle;
}

export interface Reservations {
  /** Who holds `port`, if that is another scope and it still counts. */
  foreignHolder(port: number): Reservation | undefined;
  /** Reserves all or none; returns the first foreign reservation in the way. */
  reserve(wanted: readonly { readonly port: number; readonly unitId: string }[]): Promise<Reservation | undefined>;
  /** Gives back what this scope holds among `ports`. */
  release(ports: readonly number[]): void;
  /** Every reservation of this scope. */
  own(): readonly Reservation[];
}

export interface ReservationContext {
  readonly stateRoot: string;
  readonly scope: string;
  readonly repository: string;
  readonly me: ProcessHandle;
  readonly clock: Clock;
  /** True when the handle's process lives or cannot be judged. */
  readonly isAlive: (handle: Handle) => boolean;
}

const guardWaitMs = 5000;

/** Reservations as one scope sees them. */
export function createReservations(context: ReservationContext): Reservations {
  const directory = join(context.stateRoot, "ports");
  const pathOf = (port: number): string => join(directory, `${port}.lock`);
  const read = (port: number): Reservation | undefined => reservationOf(readJson(pathOf(port)));
  const counts = (one: Reservation): boolean => one.scope !== context.scope && (context.isAlive(one.daemon) || hasLivingUnit(context, one));
  const foreignHolder = (port: number): Reservation | undefined => {
    const found = read(port);
    return found !== undefined && counts(found) ? found : undefined;
  };
  return {
    foreignHolder,
    reserve: async (wanted) => {
      makeDirectory(directory);
      const guard = await acquire(join(directory, ".guard"), context);
      try {
        removeHalfWritten(directory);
        for (const { port } of wanted) {
          const foreign = foreignHolder(port);
          if (foreign !== undefined) return foreign;
        }
        for (const { port, unitId } of wanted) {
          faultPoint("reservations.reserve");
          const mine: Reservation = { port, scope: context.scope, unitId, repository: context.repository, daemon: context.me };
          if (JSON.stringify(read(port)) !== JSON.stringify(mine)) writeAtomic(pathOf(port), JSON.stringify(mine));
        }
        return undefined;
      } finally {
        guard.release();
      }
    },
    release: (ports) => {
      for (const port of ports) {
        faultPoint("reservations.release");
        if (read(port)?.scope === context.scope) removed(pathOf(port));
      }
    },
    own: () => lockedPorts(directory).flatMap((port) => read(port) ?? []).filter((one) => one.scope === context.scope),
  };
}

/** Every reservation below a state root, whoever made it. */
export function reservationsBelow(stateRoot: string): readonly Reservation[] {
  const directory = join(stateRoot, "ports");
  return lockedPorts(directory).flatMap((port) => reservationOf(readJson(join(directory, `${port}.lock`))) ?? []);
}

/** Those that count no more: their daemon is gone, and so is their unit. */
export function staleReservations(context: Pick<ReservationContext, "stateRoot" | "isAlive">): readonly Reservation[] {
  return reservationsBelow(context.stateRoot).filter((one) => !context.isAlive(one.daemon) && !hasLivingUnit(context, one));
}

/** Gives ports back whose owner can do so no more. */
export function dropReservations(stateRoot: string, ports: readonly number[]): void {
  for (const port of ports) removed(join(stateRoot, "ports", `${port}.lock`));
}

/** On an unwritable disk the file stays: it stops counting when its daemon and unit are gone, and a stop must go on. */
function removed(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // See above.
  }
}

/** A dead daemon's units may live on: its run state tells. */
function hasLivingUnit(context: Pick<ReservationContext, "stateRoot" | "isAlive">, reservation: Reservation): boolean {
  try {
    const text = readFileSync(join(context.stateRoot, reservation.scope, "run_state.json"), "utf8");
    const life = (JSON.parse(text) as { run?: { units?: Record<string, { life?: { handle?: Handle } }> } }).run?.units?.[reservation.unitId]?.life;
    return life?.handle !== undefined && context.isAlive(life.handle);
  } catch {
    return false;
  }
}

/** Only the holder of the guard writes, so what is half written is of one that was killed. */
function removeHalfWritten(directory: string): void {
  for (const name of readdirSync(directory)) if (name.endsWith(".tmp")) rmSync(join(directory, name), { force: true });
}

async function acquire(path: string, context: ReservationContext): Promise<Lock> {
  const deadline = context.clock.monotonic() + guardWaitMs;
  for (;;) {
    const result = tryLock(path, context.me, context.isAlive);
    if (isLock(result)) return result;
    if (context.clock.monotonic() > deadline) throw new Error(`port reservations are locked by process ${result.pid} for over ${guardWaitMs / 1000} s`);
    await context.clock.sleep(5);
  }
}

function lockedPorts(directory: string): readonly number[] {
  try {
    return readdirSync(directory).flatMap((name) => /^(\d+)\.lock$/.exec(name)?.[1] ?? []).map(Number);
  } catch {
    return [];
  }
}

function reservationOf(value: unknown): Reservation | undefined {
  const isRecord = typeof value === "object" && value !== null && "scope" in value && "unitId" in value && "daemon" in value;
  return isRecord ? (value as Reservation) : undefined;
}

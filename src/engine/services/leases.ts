/** Reservations: at most as many as a service has room for, in the order they were asked for. Room is counted as the scheduler counts its pools. */
import { randomBytes } from "node:crypto";
import { isoTime, type Clock } from "../../host/clock.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import type { LeaseRow } from "../../model/service.ts";
import { Running } from "../../schedule/running.ts";
import { holderText, isSameHolder, type Holder } from "./holders.ts";

interface Lease extends LeaseRow {
  readonly owner: Holder;
}

interface Waiting {
  readonly service: string;
  readonly begin: () => void;
}

export interface LeaseOrder {
  readonly service: string;
  readonly capacity: number | undefined;
  readonly owner: Holder;
  /** Without it there is no waiting. */
  readonly waitMs?: number;
}

/** Begins with nothing reserved. */
export class Leases {
  readonly #clock: Clock;
  readonly #leases = new Map<string, Lease>();
  readonly #waiting: Waiting[] = [];
  readonly #capacities: Record<string, number> = Object.create(null) as Record<string, number>;
  readonly #running = new Running({ pools: this.#capacities });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws a UserError when there is no room, at once or, exit 124, within the time to wait. */
  async reserve({ service, capacity, owner, waitMs }: LeaseOrder, signal: AbortSignal): Promise<LeaseRow> {
    this.#capacities[service] = capacity ?? Infinity;
    const isFirst = this.#waiting.every((one) => one.service !== service);
    if (isFirst && this.#hasRoom(service)) return rowOf(this.#take(service, owner));
    if (waitMs === undefined) throw this.#full(service, `give one back with \`envctl svc release\`, or wait with --wait`, exitCodes.failure);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      const giveUp = (): void => {
        settle();
        reject(new UserError({ reason: "cancelled", message: `nobody waits for ${service} any more` }, exitCodes.interrupted));
      };
      const waiting: Waiting = {
        service,
        begin: () => {
          settle();
          resolve(rowOf(this.#take(service, owner)));
        },
      };
      const timer = setTimeout(() => {
        settle();
        reject(this.#full(service, "wait longer, or give one back with `envctl svc release`", exitCodes.timeout));
      }, waitMs);
      this.#waiting.push(waiting);
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  /** Undefined when there is none of that name. */
  release(id: string): LeaseRow | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    this.#leases.delete(id);
    this.#running.end({ pool: lease.service, group: undefined });
    if (this.#hasRoom(lease.service)) this.#waiting.find(({ service }) => service === lease.service)?.begin();
    return rowOf(lease);
  }

  releaseOf(holder: Holder): void {
    for (const { lease, owner } of this.#leases.values()) if (isSameHolder(owner, holder)) this.release(lease);
  }

  /** How many reservations of a service there are. */
  countOf(service: string): number {
    return [...this.#leases.values()].filter((lease) => lease.service === service).length;
  }

  rows(): readonly LeaseRow[] {
    return [...this.#leases.values()].map(rowOf);
  }

  owners(): readonly Holder[] {
    return [...this.#leases.values()].map(({ owner }) => owner);
  }

  #hasRoom(service: string): boolean {
    return this.#running.hasRoom({ pool: service, group: undefined });
  }

  #take(service: string, owner: Holder): Lease {
    const lease: Lease = { lease: `lease-${randomBytes(4).toString("hex")}`, service, owner, holder: holderText(owner), since: isoTime(this.#clock) };
    this.#leases.set(lease.lease, lease);
    this.#running.start({ pool: service, group: undefined });
    return lease;
  }

  #full(service: string, hint: string, exit: typeof exitCodes.failure | typeof exitCodes.timeout): UserError {
    const held = this.rows().filter((row) => row.service === service);
    const message = `${service} has no room: capacity ${held.length}/${this.#capacities[service]}, held by ${held.map(({ lease, holder }) => `${holder} (${lease})`).join(", ")}`;
    return new UserError({ reason: exit === exitCodes.timeout ? "timed_out" : "conflict", message, hint }, exit);
  }
}

function rowOf({ owner: _owner, ...row }: Lease): LeaseRow {
  return row;
}

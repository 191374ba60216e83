/** Reservations: places of a service's lock, in one line with the jobs that want it. Whoever asks with a process of its own keeps it while that lives. */
import { randomBytes } from "node:crypto";
import { exitCodes, UserError } from "../../model/failure.ts";
import { serviceLock, serviceOfLock, type LeaseRow } from "../../model/service.ts";
import type { HeldLock, Turn, WaitingLine } from "../waiting-line.ts";
import { storedLeases, storeLeases } from "./lease-file.ts";
import { holderText, isSameHolder, type Holder } from "./holders.ts";

interface Lease {
  readonly id: string;
  readonly service: string;
  readonly owner: Holder;
  readonly holder: string;
}

export interface LeaseOrder {
  readonly service: string;
  readonly capacity: number | undefined;
  readonly owner: Holder;
  /** All of its places instead of one. */
  readonly isAlone: boolean;
  /** Instead of the owner's words. */
  readonly label?: string;
  /** Without it there is no waiting. */
  readonly waitMs?: number;
}

/** Begins with what processes reserved of an earlier daemon. */
export class Leases {
  readonly #line: WaitingLine;
  readonly #file: string;
  readonly #leases = new Map<string, Lease>();

  /** `file` is where the reservations of processes are kept. */
  constructor(line: WaitingLine, file: string) {
    this.#line = line;
    this.#file = file;
    for (const { lease: id, service, owner, holder, since, alone } of storedLeases(file)) {
      const lease: Lease = { id, service, owner: { kind: "process", handle: owner }, holder };
      this.#leases.set(id, lease);
      this.#line.occupy(turnOf(lease, alone, () => undefined), since);
    }
  }

  /** Throws a UserError when there is no room, at once or, exit 124, within the time to wait. */
  async reserve(order: LeaseOrder, signal: AbortSignal): Promise<LeaseRow> {
    await this.#line.opened();
    const { service, capacity, owner, label, waitMs } = order;
    const lease: Lease = { id: `lease-${randomBytes(4).toString("hex")}`, service, owner, holder: label ?? holderText(owner) };
    this.#line.limit(serviceLock(service), capacity ?? Infinity);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
      };
      const refuse = (error: UserError): void => {
        settle();
        this.#line.withdraw(lease.id);
        this.#line.forget(lease.id);
        this.#line.startNext();
        reject(error);
      };
      const giveUp = (): void => refuse(new UserError({ reason: "cancelled", message: `nobody waits for ${service} any more` }, exitCodes.interrupted));
      const begin = (): void => {
        settle();
        this.#leases.set(lease.id, lease);
        if (owner.kind === "process") this.#store();
        resolve(this.#row(lease.id));
      };
      const timer = waitMs === undefined ? undefined : setTimeout(() => refuse(this.#full(order, "wait longer, or give one back with `envctl svc release`", exitCodes.timeout)), waitMs);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#line.add(turnOf(lease, order.isAlone, begin));
      // Nobody would know of what is reserved for a caller who has gone already.
      if (signal.aborted) return giveUp();
      this.#line.startNext();
      if (this.#leases.has(lease.id)) return;
      if (waitMs === undefined) refuse(this.#full(order, "give one back with `envctl svc release`, or wait with --wait", exitCodes.failure));
    });
  }

  /** Undefined when there is none of that name. */
  release(id: string): LeaseRow | undefined {
    if (!this.#leases.has(id)) return undefined;
    const row = this.#row(id);
    const owner = this.#leases.get(id)?.owner;
    this.#leases.delete(id);
    this.#line.end(id, false);
    if (owner?.kind === "process") this.#store();
    this.#line.forget(id);
    this.#line.startNext();
    return row;
  }

  releaseOf(holder: Holder): void {
    for (const { id, owner } of this.#leases.values()) if (isSameHolder(owner, holder)) this.release(id);
  }

  /** Everybody who has places of services, jobs as well. */
  rows(): readonly LeaseRow[] {
    return this.#line.held().flatMap(rowsOf);
  }

  /** How many reservations there are, those of jobs not counted. */
  count(): number {
    return this.#leases.size;
  }

  owners(): readonly Holder[] {
    return [...this.#leases.values()].map(({ owner }) => owner);
  }

  #store(): void {
    storeLeases(this.#file, [...this.#leases.values()].flatMap(({ id, owner }) => (owner.kind === "process" ? [{ ...this.#row(id), owner: owner.handle }] : [])));
  }

  #row(id: string): LeaseRow {
    const row = this.rows().find(({ lease }) => lease === id);
    if (row === undefined) throw new Error(`${id} holds nothing`);
    return row;
  }

  #full({ service, capacity, isAlone }: LeaseOrder, hint: string, exit: typeof exitCodes.failure | typeof exitCodes.timeout): UserError {
    const held = this.rows().filter((row) => row.service === service);
    const [first] = this.#line.waitingFor(serviceLock(service));
    const who = held.length > 0 ? `held by ${heldText(held)}` : `and ${first?.holder ?? "somebody"} is before you`;
    const room = capacity === undefined ? "" : `capacity ${held.length}/${capacity}, `;
    return new UserError({ reason: exit === exitCodes.timeout ? "timed_out" : "conflict", message: `${service} ${isAlone ? "cannot be had alone" : "has no room"}: ${room}${who}`, hint }, exit);
  }
}

/** For a person: who it is, and what to give back. */
export function heldText(rows: readonly LeaseRow[]): string {
  return rows.map(({ lease, holder, alone }) => `${holder}${lease.startsWith("job-") ? "" : ` (${lease})`}${alone ? ", alone" : ""}`).join(", ");
}

function turnOf({ id, service, holder }: Lease, isAlone: boolean, begin: () => void): Turn {
  const locks = [serviceLock(service)];
  return { task: { id, requires: [], provides: [], uses: isAlone ? [] : locks, claims: isAlone ? locks : [], priority: 0 }, name: id, holder, begin, skip: () => undefined };
}

function rowsOf({ lock, name, holder, since, isAlone }: HeldLock): readonly LeaseRow[] {
  const service = serviceOfLock(lock);
  return service === undefined ? [] : [{ lease: name, service, holder, since, alone: isAlone }];
}

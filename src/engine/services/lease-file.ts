/** Reservations that processes hold, on the disk: a daemon that is killed must not lead its successor to give away what a shell still has. */
import { rmSync } from "node:fs";
import { readJson, writeAtomic } from "../../host/files.ts";
import { isServiceName, type LeaseRow } from "../../model/service.ts";
import type { ProcessHandle } from "../../model/unit.ts";

export interface StoredLease extends LeaseRow {
  readonly owner: ProcessHandle;
}

const version = 1;

/** Those of the last daemon, each once; none of a file that cannot be read. */
export function storedLeases(path: string): readonly StoredLease[] {
  const value = readJson(path);
  const isOurs = typeof value === "object" && value !== null && "version" in value && value.version === version && "leases" in value && Array.isArray(value.leases);
  const stored = isOurs ? (value.leases as readonly unknown[]).filter(isStored) : [];
  return [...new Map(stored.map((one) => [one.lease, one])).values()];
}

function isStored(value: unknown): value is StoredLease {
  return typeof value === "object" && value !== null && "lease" in value && typeof value.lease === "string" && "service" in value && typeof value.service === "string" && isServiceName(value.service) && "owner" in value && typeof value.owner === "object" && value.owner !== null;
}

/** What cannot be written is known to this daemon only. */
export function storeLeases(path: string, leases: readonly StoredLease[]): void {
  try {
    if (leases.length === 0) rmSync(path, { force: true });
    else writeAtomic(path, `${JSON.stringify({ version, leases })}\n`);
  } catch {
    // A full disk is told elsewhere, and keeps nobody from reserving.
  }
}

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
  const leases = isOurs ? (value.leases as readonly unknown[]).filter(isStored) : [];
  return [...new Map(leases.map((one) => [one.lease, one])).values()];
}

const texts = ["lease", "service", "holder", "since"] as const;
const ownerTexts = ["startTime", "bootId", "pidNamespace"] as const;

/** A daemon that cannot begin because of a damaged file would be worse than a place given twice. */
function isStored(value: unknown): value is StoredLease {
  const { owner, ...lease } = (typeof value === "object" && value !== null ? value : {}) as Partial<StoredLease>;
  const isOwner = typeof owner === "object" && owner !== null && Number.isInteger(owner.pid) && ownerTexts.every((key) => typeof owner[key] === "string");
  return isOwner && texts.every((key) => typeof lease[key] === "string") && isServiceName(lease.service ?? "") && typeof lease.alone === "boolean";
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

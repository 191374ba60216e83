/** Facts about the machine that do not change while envctl runs. */
import { readFileSync, readlinkSync } from "node:fs";
import { arch, platform } from "node:os";

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Changes with every boot; a pid of another boot is never ours. */
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly uid: number;
  readonly isRoot: boolean;
  /** Unprivileged account servers run as when envctl itself is root. */
  readonly serverAccount: Account | undefined;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Whose process this is; asked of the kernel, since a user of a container may have no account. */
export function ownUid(): number {
  return process.getuid?.() ?? -1;
}

/** Reads the facts; a few file reads on Linux, one `sysctl` call on macOS. */
export function observeMachine(): Machine {
  const uid = ownUid();
  return {
    platform: platform(),
    arch: arch(),
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    uid,
    isRoot: uid === 0,
    serverAccount: uid === 0 ? unprivilegedAccount() : undefined,
  };
}

/** `child_process` is fetched where it is needed: loading it is felt at every start, and Linux does without. */
function bootId(): string {
  if (platform() === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return process.getBuiltinModule("node:child_process").execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "latin1" }).trim();
}

function pidNamespace(): string {
  return platform() === "linux" ? readlinkSync("/proc/self/ns/pid") : "pid:host";
}

/** PostgreSQL refuses to run as root and needs a uid that has a passwd entry. */
function unprivilegedAccount(): Account | undefined {
  const rows = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const row = rows.find(([name]) => name === "postgres") ?? rows.find(([name]) => name === "nobody");
  return row === undefined ? undefined : { uid: Number(row[2]), gid: Number(row[3]) };
}

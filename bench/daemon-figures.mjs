/** What the daemon costs, read from the system and not from the daemon. Linux only. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** Pid of the daemon that serves a state root. */
export function daemonPid(stateRoot) {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).find((pid) => {
    try {
      return /:daemon:|daemon\.js/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`ENVCTL_STATE_DIR=${stateRoot}\0`);
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error("no daemon runs");
  return Number(found);
}

/** Time on a processor so far, all threads, in milliseconds; finer than the ticks of /proc/<pid>/stat. */
export function processorMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

export function residentMegabytes(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** Memory of the programs with these names that run for a state root, what they share counted once. */
export function proportionalMegabytes(stateRoot, names) {
  const kilobytes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      const isOurs = names.includes(readFileSync(`/proc/${pid}/comm`, "utf8").trim()) && readFileSync(`/proc/${pid}/cmdline`, "utf8").length > 0 && isBelow(pid, stateRoot);
      return isOurs ? Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) : 0;
    } catch {
      return 0;
    }
  });
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

function isBelow(pid, stateRoot) {
  return readFileSync(`/proc/${pid}/environ`, "utf8").includes(stateRoot) || readlinkSync(`/proc/${pid}/cwd`).startsWith(stateRoot);
}

/** The machine itself: room, limits, clock, names. */
import { lookup } from "node:dns/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorText } from "../../host/files.ts";
import { freeBytes } from "../../host/space.ts";
import type { Plan } from "../../model/plan.ts";
import { orPass, pass, type Check, type GateCheck, type Remark } from "../check.ts";
import { bytesText } from "../words.ts";

const mebibyte = 1_048_576;
/** A fresh PostgreSQL cluster takes 40 MiB; logs and the event log of a start fit in what is left. */
const newServerBytes = 64 * mebibyte;
const leastBytes = mebibyte / 2;
const comfortableBytes = 512 * mebibyte;

/** Room for what a start makes. */
export const diskCheck: GateCheck = {
  id: "disk",
  title: "Disk space",
  gates: ["start", "resume"],
  run: async ({ host, scope, plan }) => {
    const place = existing(scope.root);
    const [free, needed] = [freeBytes(place), leastBytes + newServers(await plan()) * newServerBytes];
    const what = `${bytesText(free)} are free for the state in ${scope.root}`;
    const hint = `free some space there: \`envctl prune --dry-run\` shows what envctl can give back; or point ENVCTL_STATE_DIR to another disk`;
    if (free < needed) return [{ status: "fail", reason: "state_unwritable", detail: `${what}, and ${bytesText(needed)} are needed`, hint }];
    const others = [host.paths.cacheRoot].map(existing).filter((one) => freeBytes(one) < comfortableBytes).map((one): Remark => ({ status: "warn", detail: `${bytesText(freeBytes(one))} are free in ${one}`, hint }));
    return free < comfortableBytes ? [{ status: "warn", detail: what, hint }, ...others] : orPass(others, what);
  },
};

/** Servers that begin with no data: what is there already takes no new room. */
function newServers(plan: Plan | undefined): number {
  const starting = (plan?.nodes ?? []).filter(({ action }) => action === "start");
  return starting.filter(({ spec }) => spec.requirement?.adapter === "postgres" && spec.requirement.dataDirectory !== undefined && !existsSync(spec.requirement.dataDirectory)).length;
}

function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

const leastDescriptors = 1024;
const leastWatches = 65_536;
const leastInstances = 64;

/** How many files may be open and watched; Linux tells. */
export const filesCheck: GateCheck = {
  id: "files",
  title: "Limits for files",
  gates: ["start", "resume"],
  run: () => {
    const open = Number(/^Max open files\s+(\d+)/m.exec(quietly("/proc/self/limits"))?.[1] ?? Number.POSITIVE_INFINITY);
    const watches = numberIn("/proc/sys/fs/inotify/max_user_watches");
    const instances = numberIn("/proc/sys/fs/inotify/max_user_instances");
    return orPass([
      ...(open < leastDescriptors ? [low(`a process may open ${open} files`, "raise it in this shell, then start again: `ulimit -n 4096`")] : []),
      ...(watches < leastWatches ? [low(`${watches} files may be watched`, `raise it: \`sudo sysctl fs.inotify.max_user_watches=524288\``)] : []),
      ...(instances < leastInstances ? [low(`${instances} programs may watch files`, `raise it: \`sudo sysctl fs.inotify.max_user_instances=512\``)] : []),
    ], Number.isFinite(open) ? `${open} open files, ${watches} watches` : "this system does not tell its limits");
  },
};

function low(detail: string, hint: string): Remark {
  return { status: "warn", detail, hint };
}

function numberIn(path: string): number {
  return Number(quietly(path).trim() || Number.POSITIVE_INFINITY);
}

function quietly(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

const oldestNode = [20, 19] as const;

export const nodeCheck: Check = {
  id: "node",
  title: "Node",
  gates: [],
  run: () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
    if (!isOld) return pass(`${process.version}, ${process.execPath}`);
    return [{ status: "fail", detail: `envctl runs on Node ${process.versions.node} and needs ${oldestNode.join(".")} or newer`, hint: "install a newer Node and put it first on the PATH" }];
  },
};

/** More than a clock that is a little off. */
const futureMs = 60_000;

/** A clock that was set back makes times of logs and ages of units wrong. */
export const clockCheck: Check = {
  id: "clock",
  title: "Clock",
  gates: [],
  run: ({ host, repository }) => {
    const [runId] = repository.list().slice(-1);
    const newest = runId === undefined ? undefined : repository.events(runId).at(-1)?.at;
    const aheadMs = newest === undefined ? 0 : Date.parse(newest) - host.clock.now();
    if (aheadMs < futureMs) return pass(`it is ${new Date(host.clock.now()).toISOString()}`);
    return [{ status: "warn", detail: `the newest event of ${runId} is ${Math.round(aheadMs / 60_000)} min ahead of this clock: it was set back, or the state was copied from another machine`, hint: "set the clock (`timedatectl set-ntp true`), or begin a new run: `envctl start --no-resume`" }];
  },
};

/** Programs ask for `localhost` and are given an address by what the system knows of it. */
export const loopbackCheck: Check = {
  id: "loopback",
  title: "localhost",
  gates: [],
  run: async () => {
    try {
      const addresses = (await lookup("localhost", { all: true })).map(({ address }) => address);
      const strange = addresses.filter((address) => address !== "::1" && !address.startsWith("127."));
      const hint = "add the line `127.0.0.1 localhost` to /etc/hosts";
      if (strange.length > 0) return [{ status: "fail", detail: `localhost is ${strange.join(", ")}, which is not this machine`, hint }];
      return addresses.some((address) => address.startsWith("127.")) ? pass(`localhost is ${addresses.join(", ")}`) : [{ status: "warn", detail: `localhost is ${addresses.join(", ")} and has no IPv4 address`, hint }];
    } catch (error) {
      return [{ status: "fail", detail: `localhost has no address: ${errorText(error)}`, hint: "add the line `127.0.0.1 localhost` to /etc/hosts" }];
    }
  },
};

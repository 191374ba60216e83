/** envctl's own state: can it be read, does it agree with its log, is it private, are its locks held by anybody. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isLock, lockOwner, tryLock } from "../../host/lock.ts";
import { handleOfProcess } from "../../host/process-table.ts";
import { dropReservations, staleReservations } from "../../host/reservations.ts";
import { foldEvents } from "../../model/run-state.ts";
import { orPass, pass, type Check, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

/** The state is the fold of its log; the snapshot is a cache of it. */
export const stateCheck: Check = {
  id: "state",
  title: "State",
  gates: [],
  run: (world) => {
    const loaded = world.repository.latest();
    if (loaded === undefined) return pass("nothing was ever started here");
    const { runId } = loaded.state;
    const events = world.repository.events(runId);
    const folded = foldEvents(runId, events);
    const isBehind = events.length > 0 && folded.seq === loaded.state.seq && !isDeepStrictEqual(JSON.parse(JSON.stringify(folded)), JSON.parse(JSON.stringify(loaded.state)));
    const told = [...loaded.problems, ...(isBehind ? [`run_state.json of ${runId} is not what its ${events.length} events make`] : [])];
    return orPass(told.map((detail) => stateRemark(detail, world, () => world.repository.publish(events.length > 0 ? folded : loaded.state))), `${runId}, ${events.length} events, as its log has it`);
  },
};

function stateRemark(detail: string, world: World, publish: () => void): Remark {
  // A daemon writes it anew by itself, and nobody else may.
  const isOurs = !isSupervised(world);
  const isLog = detail.includes("events.jsonl") && !detail.includes("rebuilt");
  if (isLog) return { status: "warn", detail, hint: "nothing that runs is lost; begin a new log: `envctl stop-all`, then `envctl start`" };
  return { status: "warn", detail, hint: isOurs ? "`envctl doctor --fix` writes it anew from its log" : "the daemon writes it anew at the next change", ...(isOurs ? { fix: { about: "write run_state.json anew from the log", apply: publish } } : {}) };
}

function isSupervised({ scope, judge }: World): boolean {
  const owner = lockOwner(scope.daemonLock);
  return owner !== undefined && judge(owner) !== "dead";
}

/** Nobody else may read passwords, environments and logs, or talk to the daemon. */
export const permissionsCheck: Check = {
  id: "permissions",
  title: "Permissions",
  gates: [],
  run: (world) => {
    const open = privatePlaces(world).filter(({ path, allowed }) => existsSync(path) && isOwn(path, world) && (lstatSync(path).mode & 0o777 & ~allowed) !== 0);
    return orPass([...closedPlaces(world), ...open.map(({ path, allowed }): Remark => ({
      status: "fail",
      detail: `${path} is open to others: its mode is ${(lstatSync(path).mode & 0o777).toString(8).padStart(4, "0")}`,
      hint: `\`chmod ${allowed.toString(8)} ${path}\``,
      fix: { about: `set it to ${allowed.toString(8)}`, apply: () => chmodSync(path, allowed) },
    }))], "state, secrets and socket are private");
  },
};

/** Where the state cannot be written, and so nothing can be started; what is there is not seen either. */
function closedPlaces({ scope, host }: World): readonly Remark[] {
  return [
    ...closed(scope.root, host.machine.uid, { status: "fail", what: "the state of this repository is kept there", variable: "ENVCTL_STATE_DIR" }),
    ...closed(host.paths.cacheRoot, host.machine.uid, { status: "warn", what: "programs that envctl fetches are kept there", variable: "ENVCTL_CACHE_DIR" }),
  ];
}

interface Kept {
  readonly status: "fail" | "warn";
  readonly what: string;
  readonly variable: string;
}

function closed(path: string, uid: number | undefined, { status, what, variable }: Kept): readonly Remark[] {
  const place = existingPlace(path);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    const owner = lstatSync(place, { throwIfNoEntry: false })?.uid;
    return [{ status, detail: `${place} cannot be written by uid ${uid}${owner === undefined || owner === uid ? "" : `: it belongs to uid ${owner}`}, and ${what}`, hint: `set ${variable} to a directory of your own, or make that one yours` }];
  }
}

/** Of a directory that is not there yet, the one it would be made in. */
function existingPlace(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPlace(dirname(path));
}

function privatePlaces({ scope, host, daemon, repository }: World): readonly { readonly path: string; readonly allowed: number }[] {
  // Servers run as another user when envctl is root, and pass through.
  const directory = host.machine.isRoot ? 0o711 : 0o700;
  const runId = repository.list().at(-1);
  const environments = runId === undefined ? [] : filesIn(join(scope.runs, runId, "environments"));
  const files = [daemon.socketPath(), scope.daemonLog, ...filesIn(scope.secrets), ...environments];
  return [{ path: scope.root, allowed: directory }, { path: scope.secrets, allowed: 0o700 }, ...files.map((path) => ({ path, allowed: 0o600 }))];
}

function filesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

function isOwn(path: string, { host }: World): boolean {
  return lstatSync(path).uid === host.machine.uid;
}

/** Locks of processes that are gone. The next command takes them over; until then they puzzle people. */
export const locksCheck: Check = {
  id: "locks",
  title: "Locks",
  gates: [],
  run: (world) => {
    const { scope, host, judge } = world;
    const isAlive = (handle: Parameters<typeof judge>[0]): boolean => judge(handle) !== "dead";
    const owner = lockOwner(scope.daemonLock);
    const stale = staleReservations({ stateRoot: host.paths.stateRoot, isAlive });
    return orPass([
      ...(owner === undefined || isAlive(owner) ? [] : [{ status: "warn", detail: `the daemon's lock is of pid ${owner.pid}, which is gone`, hint: "`envctl doctor --fix` removes it; so does the next command that needs a daemon", fix: { about: "remove the lock", apply: () => releaseLock(world) } } as const]),
      ...(stale.length === 0 ? [] : [{ status: "warn", detail: `${counted(stale.length, "port is", "ports are")} reserved for units that are gone: ${stale.map(({ port, unitId }) => `${port} (${unitId})`).join(", ")}`, hint: "`envctl doctor --fix` gives them back", fix: { about: "give the ports back", apply: () => dropReservations(host.paths.stateRoot, stale.map(({ port }) => port)) } } as const]),
    ], "none is left behind");
  },
};

/** Whoever gets it may remove it. */
function releaseLock({ scope, host, judge, table }: World): void {
  const me = handleOfProcess(table, host.machine, process.pid);
  const lock = me === undefined ? undefined : tryLock(scope.daemonLock, me, (owner) => judge(owner) !== "dead");
  if (lock !== undefined && isLock(lock)) lock.release();
}

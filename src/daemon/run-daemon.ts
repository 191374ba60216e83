/** The daemon's life: lock, adopt, listen, serve, and leave when it is not needed. Units that are processes outlive it. */
import { appendFileSync } from "node:fs";
import { isoTime, type Clock } from "../host/clock.ts";
import { adoptRun } from "../engine/adopt.ts";
import { settleVolumes } from "../engine/containers/volume-work.ts";
import { within } from "../engine/executors/residents.ts";
import { closeEngine, startAttendants, type Attendants } from "../engine/attendants.ts";
import { releaseUnused } from "../engine/release-ports.ts";
import { sweepStrays } from "../engine/strays.ts";
import { createControl, type LocalControl } from "../engine/control.ts";
import type { Engine } from "../engine/engine.ts";
import { runHooks, type Hooks } from "../engine/hooks.ts";
import { closeResidents } from "../engine/executors/residents.ts";
import type { ServiceDesk } from "../engine/services/desk.ts";
import { errorText } from "../host/files.ts";
import { protocolVersion } from "./protocol.ts";
import { serve, type DaemonServer } from "./server.ts";

export interface DaemonParts {
  readonly engine: Engine;
  /** Services with remote objects, and agents. */
  readonly desk: ServiceDesk;
  readonly socketPath: string;
  /** Idle time without units or callers after which the daemon leaves. */
  readonly idleMs: number;
  /** Problems met when the last run was loaded. */
  readonly problems: readonly string[];
  /** When it got its lock, on the monotonic clock, which counts from the start of the process. */
  readonly lockedAt: number;
}

export interface Daemon {
  readonly control: LocalControl;
  /** Resolves with the reason when the daemon has let go of everything. */
  readonly ended: Promise<string>;
  /** The first call counts. What is under way is cancelled or finished first; `withServices` stops what runs. */
  shutdown(because: string, withServices?: boolean): void;
  /** True from the first shutdown on. */
  isLeaving(): boolean;
  /** Nobody wants to wait any more: what is being stopped is killed. */
  hurry(): void;
}

const idleCheckMs = 1000;
const volumesMs = 10_000;

/** Runs until shut down. The caller holds the lock and releases it afterwards. */
export async function runDaemon(parts: DaemonParts): Promise<Daemon> {
  const { engine } = parts;
  const { clock } = engine.host;
  const log = logger(engine.scope.daemonLog, clock);
  const startedAt = isoTime(clock);
  const hooks = runHooks(engine);
  const leave = departure();
  if (engine.store.state()?.stoppedAt === undefined && engine.store.state() !== undefined) engine.store.dispatch({ type: "daemon_started", pid: process.pid, version: engine.version });
  for (const message of parts.problems) engine.store.dispatch({ type: "warning", code: "state_recovered", message });
  // An engine that does not answer must not hold up everything else.
  await within(engine, volumesMs, settleVolumes(engine));
  await adoptRun(engine);
  if (parts.problems.length > 0) await endUnknown(engine);
  releaseUnused(engine);
  const control = createControl(engine);
  const attendants = startAttendants(engine, control);
  const server = await serve({
    socketPath: parts.socketPath,
    control,
    enter: parts.desk.enter,
    hello: () => ({ version: engine.version, protocol: protocolVersion, pid: process.pid, startedAt, units: engine.supervisor.count(), isBusy: control.isBusy(), isLeaving: leave.isLeaving() }),
    shutdown: leave.shutdown,
    log,
  });
  log(`daemon ${engine.version} listens, pid ${process.pid}, ${engine.supervisor.count()} units adopted, ${Math.round(clock.monotonic() - parts.lockedAt)} ms after it got its lock, ${Math.round(clock.monotonic())} ms after its start`);
  const idle = watchIdle({ engine, control, hooks, server, attendants, desk: parts.desk, idleMs: parts.idleMs, clock, finish: leave.shutdown });
  const ended = leave.asked.then(async ({ because, withServices }) => {
    clearInterval(idle);
    log(`daemon leaves: ${because}`);
    // What is due from here on is the successor's.
    engine.restarts.close();
    await control.end(withServices).catch((error: unknown) => log(errorText(error)));
    // Whoever waits for a cancelled intent is answered before the connections close.
    await new Promise((resolve) => setImmediate(resolve));
    await hooks.close();
    await parts.desk.close();
    await closeDown(engine, server, attendants, because);
    return because;
  });
  return { control, ended, shutdown: leave.shutdown, isLeaving: leave.isLeaving, hurry: () => engine.impatience.abort() };
}

interface Departure extends Pick<Daemon, "shutdown" | "isLeaving"> {
  /** Resolves with the first shutdown. */
  readonly asked: Promise<{ readonly because: string; readonly withServices: boolean }>;
}

function departure(): Departure {
  let isLeaving = false;
  let begin: (how: { readonly because: string; readonly withServices: boolean }) => void = () => undefined;
  const asked = new Promise<{ readonly because: string; readonly withServices: boolean }>((resolve) => (begin = resolve));
  return {
    asked,
    isLeaving: () => isLeaving,
    shutdown: (because, withServices = false) => {
      isLeaving = true;
      begin({ because, withServices });
    },
  };
}

/** Processes of units that a damaged state does not know would stand in the way of their next start. */
async function endUnknown(engine: Engine): Promise<void> {
  const { ended } = await sweepStrays(engine, false);
  if (ended.length === 0) return;
  const units = [...new Set(ended.map((one) => one.unitId))].join(", ");
  engine.store.dispatch({ type: "warning", code: "unknown_unit_ended", message: `the damaged state does not know that ${units} ran; what ran of it was ended, \`envctl start\` starts it again` });
}

async function closeDown(engine: Engine, server: DaemonServer, attendants: Attendants, because: string): Promise<void> {
  const state = engine.store.state();
  if (state !== undefined && state.stoppedAt === undefined) engine.store.dispatch({ type: "daemon_stopped", pid: process.pid, because });
  // Before the callers are let go: the next daemon wants their ports.
  await closeResidents(engine);
  // And whoever ended the daemon finds no figures of one that is gone.
  attendants.sampler.close();
  await server.close();
  closeEngine(engine, attendants);
}

interface IdleWatch {
  readonly engine: Engine;
  readonly control: LocalControl;
  readonly hooks: Hooks;
  readonly server: DaemonServer;
  readonly attendants: Attendants;
  readonly desk: ServiceDesk;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly finish: (because: string) => void;
}

/** Looks whether the daemon can be reached, and whether anybody needs it. */
function watchIdle({ engine, control, hooks, server, attendants, desk, idleMs, clock, finish }: IdleWatch): NodeJS.Timeout {
  let since = clock.monotonic();
  return setInterval(() => {
    // On a disk that cannot be written it is tried again with the next look.
    server.ensureReachable().catch(() => undefined);
    const isNeeded = engine.supervisor.count() > 0 || engine.restarts.count() > 0 || attendants.waiting() > 0 || control.isBusy() || control.activeJobs() > 0 || hooks.count() > 0 || desk.count() > 0 || server.connections() > 0;
    if (isNeeded) since = clock.monotonic();
    else if (clock.monotonic() - since >= idleMs) finish(`idle for ${Math.round(idleMs / 1000)} s`);
  }, Math.min(idleCheckMs, Math.max(20, idleMs)));
}

function logger(path: string, clock: Clock): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, `${isoTime(clock)} ${line}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not take the daemon down; the events in memory tell the story.
    }
  };
}

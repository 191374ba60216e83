/** Daemons under a blast: one that answers does the work itself, any other is ended. Units notice neither. */
import { stopRounds } from "../engine/blast-choice.ts";
import { isOfStateRoot, type BlastScope, type Daemons } from "../engine/blast-scopes.ts";
import type { Host } from "../host/host.ts";
import { daemonName, type ProcessRow, type ProcessTable } from "../host/process-row.ts";
import { handleOfProcess } from "../host/process-table.ts";
import { UserError } from "../model/failure.ts";
import type { Handle } from "../model/unit.ts";
import { connectDaemon, type DaemonConnection } from "./client.ts";
import { endDaemon, endDaemonProcess } from "./end-daemon.ts";
import { socketPathOf } from "./socket-path.ts";

export interface BlastDaemonParts {
  readonly host: Host;
  readonly table: ProcessTable;
  readonly version: string;
  /** Where the caller stands. */
  readonly directory: string;
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
}

/** Shorter than elsewhere: ending a daemon that was only busy costs nothing but its supervision. */
const helloMs = 1000;
const politeMs = 500;
/** What a stop may take beyond the graces of its units. */
const stopSlackMs = 5000;

export function createBlastDaemons(parts: BlastDaemonParts): Daemons {
  return {
    stop: async (scope, project) => {
      const connection = await answering(scope, parts);
      if (connection === undefined) return false;
      try {
        return await Promise.race([stopped(connection, parts, project), parts.host.clock.sleep(longestStopMs(scope)).then(() => false)]);
      } finally {
        connection.close();
      }
    },
    end: async (scope) => (await endDaemon(scope.paths.daemonLock, parts.judge, parts.host.clock, politeMs)) ?? endLost(scope, parts),
  };
}

/** One whose lock and socket somebody deleted under it: it would restart what is ended. */
async function endLost(scope: BlastScope, { host, table, judge }: BlastDaemonParts): Promise<number | undefined> {
  const isOne = ({ pid, name }: ProcessRow): boolean => name === daemonName && pid !== process.pid && table.variable(pid, "ENVCTL_DAEMON") === scope.id && isOfStateRoot({ host, table }, pid);
  const pid = table.rows().find(isOne)?.pid;
  const handle = pid === undefined ? undefined : handleOfProcess(table, host.machine, pid);
  return handle === undefined ? undefined : endDaemonProcess(handle, judge, host.clock, politeMs);
}

async function answering(scope: BlastScope, parts: BlastDaemonParts): Promise<DaemonConnection | undefined> {
  try {
    return await connectDaemon(socketPathOf(scope.paths.root, parts.host.environment), parts.version, { helloMs });
  } catch {
    // It hangs, or its socket's place is not what it was: its lock tells whom to end.
    return undefined;
  }
}

/** A report is enough: what it could not end is looked for afterwards anyway. Only for one project its turn is waited for: what is under way may be about the others. */
async function stopped(connection: DaemonConnection, { directory, host }: BlastDaemonParts, project: string | undefined): Promise<boolean> {
  const variables = Object.fromEntries(Object.entries(host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const selection = project === undefined ? { projects: [], services: [], all: true } : { projects: [project], services: [] };
  try {
    await connection.submit({ kind: "stop", selection, caller: { directory, environment: variables }, noWait: project === undefined }, new AbortController().signal);
    return true;
  } catch (error) {
    // A project it does not know is none it would start again.
    return error instanceof UserError && error.failures[0]?.reason === "unknown_target";
  }
}

/** Rounds of dependents one after another, each with the longest grace of all. */
function longestStopMs({ units }: BlastScope): number {
  const rounds = new Set(stopRounds(units.map(({ spec }) => spec)).values()).size;
  return stopSlackMs + rounds * Math.max(0, ...units.map(({ spec }) => spec.stop.graceMs));
}

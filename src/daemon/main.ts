/** The daemon's process: composes the engine and lives until nobody needs it. */
import { realpathSync } from "node:fs";
import { parseArgs } from "node:util";
import { version } from "../cli/version.ts";
import { composeEngine } from "../compose-engine.ts";
import { makeDirectory } from "../host/files.ts";
import { isLock, tryLock } from "../host/lock.ts";
import { createSystemHost } from "../host/system-host.ts";
import { scopeIdOf, scopePaths } from "../host/paths.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "../host/process-table.ts";
import { runDaemon } from "./run-daemon.ts";
import { socketPathOf } from "./socket-path.ts";

const defaultIdleSeconds = 600;

const { values } = parseArgs({ options: { repository: { type: "string" } } });
process.title = "envctl-daemon";
await main(values.repository ?? process.cwd());

/** The lock comes before the state is read: whoever reads it writes it. */
async function main(directory: string): Promise<void> {
  const repository = realpathSync(directory);
  const host = createSystemHost(process.env);
  const scope = scopePaths(host.paths.stateRoot, scopeIdOf(repository));
  const table = processTableOf(host.machine);
  makeDirectory(scope.root, host.machine.isRoot);
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  const lock = tryLock(scope.daemonLock, me, (owner) => judgeHandle(table, host.machine, owner) !== "dead");
  if (!isLock(lock)) process.exit(0);

  const { engine, problems } = composeEngine(repository, host, version);
  const daemon = await runDaemon({ engine, socketPath: socketPathOf(scope.root, process.env), idleMs: idleSeconds() * 1000, problems });
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      daemon.shutdown(signal);
    });
  }
  process.on("SIGHUP", () => undefined);
  // The caller waits for this line; a caller that is gone must not hurt.
  process.stdout.on("error", () => undefined);
  process.stdout.write("ready\n");
  await daemon.ended;
  lock.release();
  process.exit(0);
}

function idleSeconds(): number {
  const given = Number(process.env["ENVCTL_DAEMON_IDLE_SECONDS"]);
  return Number.isFinite(given) && given > 0 ? given : defaultIdleSeconds;
}

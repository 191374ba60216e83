/** The daemon's process: lives until nobody needs it. */
import { existsSync, realpathSync } from "node:fs";
import { parseArgs } from "node:util";
import { version } from "../cli/version.ts";
import { errorCode, errorText } from "../host/files.ts";
import { daemonTitle, entitleDaemon } from "../host/daemon-title.ts";
import { scopeIdOf } from "../host/paths.ts";
import { createSystemHost } from "../host/system-host.ts";
import { openDaemon } from "../open-daemon.ts";
import { clearThrowAways } from "../throw-away.ts";
import type { Daemon } from "./run-daemon.ts";

const defaultIdleSeconds = 600;
const hurryMs = 2000;
const clearingMs = 1000;
const holdoutMs = 60_000;

const { values } = parseArgs({ options: { repository: { type: "string" } } });
await main(values.repository ?? process.cwd());

async function main(directory: string): Promise<void> {
  entitle(directory, "starting");
  const daemon = await openDaemon(directory, createSystemHost(process.env), version, idleSeconds() * 1000).catch(refused);
  if (daemon === undefined) process.exit(0);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => (daemon.isLeaving() ? hurry(daemon) : daemon.shutdown(signal)));
  // A closed terminal is no reason to leave.
  process.on("SIGHUP", () => undefined);
  // The caller waits for this line; a caller that is gone must not hurt.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  entitle(directory, "running");
  process.stdout.write("ready\n");
  const clearing = clearNowAndThen(directory);
  await daemon.ended;
  clearInterval(clearing);
  process.exit(0);
}

/** A directory that cannot be looked at is told where it is opened. */
function entitle(directory: string, state: "starting" | "running"): void {
  if (existsSync(directory)) entitleDaemon(daemonTitle(directory, scopeIdOf(realpathSync(directory)), state), process.platform);
}

/** Throw-away projects whose maker was killed; what holds out is given some time. */
function clearNowAndThen(directory: string): NodeJS.Timeout {
  const place = { repository: realpathSync(directory), host: createSystemHost(process.env), version };
  let notBefore = 0;
  return setInterval(() => {
    if (place.host.clock.monotonic() < notBefore) return;
    const later = (): void => void (notBefore = place.host.clock.monotonic() + holdoutMs);
    clearThrowAways(place).then(({ failures }) => (failures.length > 0 ? later() : undefined), later);
  }, clearingMs);
}

/** What the system does not allow is told in its words; anything else is a bug, and shows its stack. */
function refused(error: unknown): never {
  if (errorCode(error) === undefined) throw error;
  process.stderr.write(errorText(error));
  process.exit(1);
}

/** Whoever signals one that is leaving already wants it gone, whatever it is at. */
function hurry(daemon: Daemon): void {
  daemon.hurry();
  setTimeout(() => process.exit(1), hurryMs).unref();
}

function idleSeconds(): number {
  const given = Number(process.env["ENVCTL_DAEMON_IDLE_SECONDS"]);
  return Number.isFinite(given) && given > 0 ? given : defaultIdleSeconds;
}

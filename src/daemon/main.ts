/** The daemon's process: lives until nobody needs it. */
import { parseArgs } from "node:util";
import { version } from "../cli/version.ts";
import { createSystemHost } from "../host/system-host.ts";
import { openDaemon } from "../open-daemon.ts";

const defaultIdleSeconds = 600;

const { values } = parseArgs({ options: { repository: { type: "string" } } });
process.title = "envctl-daemon";
await main(values.repository ?? process.cwd());

async function main(directory: string): Promise<void> {
  const daemon = await openDaemon(directory, createSystemHost(process.env), version, idleSeconds() * 1000);
  if (daemon === undefined) process.exit(0);
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
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.stdout.write("ready\n");
  await daemon.ended;
  process.exit(0);
}

function idleSeconds(): number {
  const given = Number(process.env["ENVCTL_DAEMON_IDLE_SECONDS"]);
  return Number.isFinite(given) && given > 0 ? given : defaultIdleSeconds;
}

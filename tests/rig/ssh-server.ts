/** An ssh server on the loopback address with keys and configuration of its own, and an `ssh` that goes to it. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../src/host/on-path.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { freePorts } from "./ports.ts";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";
import { eventually } from "./wait.ts";

export interface SshServer {
  /** With a first directory whose `ssh` uses the server's configuration: host `box` is the server, `elsewhere` has another key. */
  readonly path: string;
  /** Ends all its connections. */
  cut(): void;
}

/** The server, or why there is none. */
export async function sshServer(cleanup: Cleanup): Promise<SshServer | string> {
  if (process.getuid?.() !== 0) return "an ssh server of the tests' own needs root";
  const [server, client] = ["sshd", "ssh"].map((name) => onPath(name, { PATH: `${process.env["PATH"]}:/usr/sbin` }));
  if (server === undefined || client === undefined) return "not installed: sshd (`apt-get install openssh-server`)";
  const directory = temporaryDirectory(cleanup, "ssh");
  const at = (name: string): string => join(directory, name);
  for (const name of ["host", "user", "other"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  const port = await freePorts();
  writeFileSync(at("sshd_config"), [`Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${at("host")}`, `AuthorizedKeysFile ${at("user.pub")}`, "PasswordAuthentication no", "PermitRootLogin yes", "StrictModes no", "UsePAM no", "PidFile none"].join("\n"));
  writeFileSync(at("known"), `[127.0.0.1]:${port} ${readFileSync(at("host.pub"), "utf8")}`);
  const host = (name: string, key: string): string => `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  IdentityFile ${at(key)}\n`;
  writeFileSync(at("config"), `${host("box", "user")}${host("elsewhere", "other")}Host *\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${at("known")}\n`);
  mkdirSync(at("bin"));
  writeFileSync(at("bin/ssh"), `#!/bin/sh\nexec ${client} -F ${at("config")} "$@"\n`);
  chmodSync(at("bin/ssh"), 0o755);
  // It wants an empty directory of its own, which the package's service makes.
  if (!existsSync("/run/sshd")) mkdirSync("/run/sshd", { mode: 0o755 });
  const child = spawn(server, ["-D", "-e", "-f", at("sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  cleanup(async () => {
    cut(child.pid);
    child.kill("SIGKILL");
    await eventually(() => child.exitCode !== null || child.signalCode !== null, "the end of sshd");
  });
  await eventually(() => log.includes("Server listening"), `sshd: ${log}`);
  return { path: `${at("bin")}:${process.env["PATH"]}`, cut: () => cut(child.pid) };
}

/** Children of the server are its connections; each has one more child, for the user, which ends with it. One may end by itself meanwhile. */
function cut(server: number | undefined): void {
  for (const pid of readFileSync(`/proc/${server}/task/${server}/children`, "latin1").trim().split(" ").filter((word) => word !== "")) sendSignal(Number(pid), "SIGKILL");
}

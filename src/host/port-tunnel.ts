/**
 * A tunnel to the engine of another machine: one ssh process that carries the engine's socket and, added while it runs,
 * published ports. The system's own client, so that the person's configuration, keys, agent and known hosts hold.
 * It ends with the process that opened it, even when that is killed: a small shell around ssh reads until the end of its input.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError, type Failure } from "../model/failure.ts";
import type { EngineAddress } from "./container-engine.ts";
import { runProgram, type ProgramResult } from "./run-program.ts";

export interface SshTunnel {
  /** Here, for the engine's socket there. */
  readonly socket: string;
  /** `127.0.0.1:here` leads to `127.0.0.1:there` of the other machine. Throws a UserError when the port is taken here. */
  forward(here: number, there: number): Promise<void>;
  /** Gives the port here back. */
  unforward(here: number): Promise<void>;
  /** Connects again, with all ports, when the connection has ended. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

type SshAddress = Extract<EngineAddress, { readonly kind: "ssh" }>;
type Environment = Readonly<Record<string, string | undefined>>;

const connectSeconds = 15;

/** Connects; throws a UserError with ssh's own words when that fails. Asks nobody for passwords. */
export async function openSshTunnel(address: SshAddress, environment: Environment): Promise<SshTunnel> {
  // Short, whatever TMPDIR is: the path of a socket has about 100 bytes.
  const base = tmpdir().length > 60 ? "/tmp" : tmpdir();
  removeStale(base);
  const directory = mkdtempSync(join(base, directoryName));
  const paths = { control: join(directory, "c"), socket: join(directory, "e") };
  const ports = new Map<number, number>();
  let master: ChildProcess | undefined;
  const tell = (order: "forward" | "cancel", here: number, there: number): Promise<ProgramResult> =>
    runProgram(["ssh", "-S", paths.control, "-O", order, "-L", `127.0.0.1:${here}:127.0.0.1:${there}`, "--", address.destination], { environment, timeoutMs: connectSeconds * 1000 });
  const forward = async (here: number, there: number): Promise<void> => {
    const result = await tell("forward", here, there);
    if (result.code !== 0) throw new UserError(portFailure(here, address.destination, result.trouble ?? result.stderr));
  };
  const unforward = async (here: number): Promise<void> => {
    const there = ports.get(here);
    ports.delete(here);
    // A connection that is gone has taken its ports along.
    if (there !== undefined) await tell("cancel", here, there);
  };
  const open = async (): Promise<void> => {
    master = await openMaster(address, paths, environment);
    for (const [here, there] of ports) await forward(here, there);
  };
  const tunnel: SshTunnel = {
    socket: paths.socket,
    forward: async (here, there) => {
      if (ports.get(here) === there) return;
      await unforward(here);
      await forward(here, there);
      ports.set(here, there);
    },
    unforward,
    renew: async () => (hasEnded(master) ? open() : undefined),
    close: async () => {
      await ended(master);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await open();
    return tunnel;
  } catch (error) {
    await tunnel.close();
    throw error;
  }
}

const directoryName = "envctl-ssh-";
const staleMs = 60_000;

/** A process that was killed leaves its directory; ssh has ended since and taken its control socket away. */
function removeStale(base: string): void {
  for (const name of readdirSync(base).filter((one) => one.startsWith(directoryName))) {
    const path = join(base, name);
    try {
      const { mtimeMs, uid } = statSync(path);
      if (uid === process.getuid?.() && Date.now() - mtimeMs > staleMs && !existsSync(join(path, "c"))) rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else has removed it.
    }
  }
}

interface TunnelPaths {
  readonly control: string;
  readonly socket: string;
}

/**
 * Ends ssh with its own input: ssh alone would wait for forwarded connections that nobody closes any more. The command at the
 * other end reads the same input and ends by that, whatever becomes of ssh.
 */
const guardedSsh = `exec 3<&0; ssh "$@" <&3 & ssh=$!; trap 'kill $ssh' TERM; (read -r _ <&3; kill $ssh) 2>/dev/null & guard=$!; wait $ssh; code=$?; kill $guard 2>/dev/null; exit $code`;

/** Resolves when the connection stands and the engine's socket is there. */
function openMaster(address: SshAddress, paths: TunnelPaths, environment: Environment): Promise<ChildProcess> {
  const options = ["BatchMode=yes", `ConnectTimeout=${connectSeconds}`, "ServerAliveInterval=15", "ExitOnForwardFailure=yes", "StreamLocalBindUnlink=yes", "ControlMaster=yes", "ControlPersist=no"];
  const args = ["-T", "-S", paths.control, ...options.flatMap((option) => ["-o", option]), ...(address.port === undefined ? [] : ["-p", String(address.port)]), "-L", `${paths.socket}:${address.socket}`, "--", address.destination, "echo connected; exec cat >/dev/null"];
  const child = spawn("/bin/sh", ["-c", guardedSsh, "envctl-ssh", ...args], { env: { ...environment }, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  // Written to only by its end.
  child.stdin.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 2 * connectSeconds * 1000);
    child.stdout.once("data", () => {
      clearTimeout(timer);
      resolve(child);
    });
    const fail = (words: string): void => {
      clearTimeout(timer);
      reject(new UserError(connectFailure(address, words)));
    };
    child.once("error", (error) => fail(error.message)).once("close", () => fail(said.trim() === "" ? "it ended at once" : said.trim()));
  });
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return child === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(timer);
}

function connectFailure(address: SshAddress, words: string): Failure {
  const port = address.port === undefined ? "" : `-p ${address.port} `;
  return { reason: "engine_unreachable", message: `ssh to ${address.destination} failed: ${words}`, hint: `try \`ssh ${port}${address.destination}\`: it must work without asking anything` };
}

function portFailure(port: number, destination: string, words: string): Failure {
  return { reason: "port_unavailable", message: `port ${port} could not be forwarded to ${destination}: ${words.trim()}`, hint: `\`lsof -i :${port}\` says who has it here` };
}

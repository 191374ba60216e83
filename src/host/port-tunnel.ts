/**
 * A tunnel to the engine of another machine: one ssh process that carries the engine's socket and, added while it runs,
 * published ports. The system's own client, so that the person's configuration, keys, agent and known hosts hold.
 * It ends with the process that opened it, even when that is killed: the command it runs there reads until the end of its input.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError, type Failure } from "../model/failure.ts";
import type { EngineAddress } from "./container-engine.ts";
import { runProgram } from "./run-program.ts";

export interface SshTunnel {
  /** Here, for the engine's socket there. */
  readonly socket: string;
  /** `127.0.0.1:port` here leads to `127.0.0.1:port` there. Throws a UserError when the port is taken here. */
  forward(port: number): Promise<void>;
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
  const directory = mkdtempSync(join(tmpdir().length > 60 ? "/tmp" : tmpdir(), "envctl-ssh-"));
  const paths = { control: join(directory, "c"), socket: join(directory, "e") };
  const ports = new Set<number>();
  let master: ChildProcess | undefined;
  const forward = async (port: number): Promise<void> => {
    const argv = ["ssh", "-S", paths.control, "-O", "forward", "-L", `127.0.0.1:${port}:127.0.0.1:${port}`, "--", address.destination];
    const result = await runProgram(argv, { environment, timeoutMs: connectSeconds * 1000 });
    if (result.code !== 0) throw new UserError(portFailure(port, address.destination, result.trouble ?? result.stderr));
  };
  const open = async (): Promise<void> => {
    master = await openMaster(address, paths, environment);
    for (const port of ports) await forward(port);
  };
  const tunnel: SshTunnel = {
    socket: paths.socket,
    forward: async (port) => {
      if (ports.has(port)) return;
      await forward(port);
      ports.add(port);
    },
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

interface TunnelPaths {
  readonly control: string;
  readonly socket: string;
}

/** Resolves when the connection stands and the engine's socket is there. */
function openMaster(address: SshAddress, paths: TunnelPaths, environment: Environment): Promise<ChildProcess> {
  const options = ["BatchMode=yes", `ConnectTimeout=${connectSeconds}`, "ServerAliveInterval=15", "ExitOnForwardFailure=yes", "StreamLocalBindUnlink=yes", "ControlMaster=yes", "ControlPersist=no"];
  const args = ["-T", "-S", paths.control, ...options.flatMap((option) => ["-o", option]), ...(address.port === undefined ? [] : ["-p", String(address.port)]), "-L", `${paths.socket}:${address.socket}`, "--", address.destination, "echo connected; exec cat >/dev/null"];
  const child = spawn("ssh", args, { env: { ...environment }, stdio: ["pipe", "pipe", "pipe"] });
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

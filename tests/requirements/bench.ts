/** Brings the drafted servers up the way the engine does, without the engine. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { probeBytes } from "../../src/engine/readiness.ts";
import { exchange } from "../../src/host/net.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { Host } from "../../src/host/host.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { pathsOf } from "../../src/host/paths.ts";
import { runProgram } from "../../src/host/run-program.ts";
import { secretReference, resolveSecrets } from "../../src/model/secrets.ts";
import type { RequirementConfig } from "../../src/model/config.ts";
import type { DraftInput, EmbeddedEngine, PrepareInput, Requirement, Runtime } from "../../src/requirements/adapter.ts";
import { createSecrets } from "../../src/requirements/secrets-store.ts";
import { temporaryDirectory, type Cleanup } from "../rig/temporary.ts";
import { testRoot } from "../rig/test-root.ts";

/** Server programs are fetched once and kept between runs. */
export const sharedCache = process.env["ENVCTL_TEST_CACHE"] ?? join(dirname(testRoot), "envctl-test-cache");

export interface Bench {
  readonly host: Host;
  readonly stateRoot: string;
}

/** A host with a state root of its own; `environment` adds to or replaces ours. */
export function createBench(cleanup: Cleanup, environment: Host["environment"] = {}): Bench {
  const stateRoot = environment["ENVCTL_STATE_DIR"] ?? temporaryDirectory(cleanup, "state");
  const machine = observeMachine();
  const all = { ...process.env, ENVCTL_STATE_DIR: stateRoot, ENVCTL_CACHE_DIR: sharedCache, ...environment };
  return { stateRoot, host: { clock: systemClock, machine, paths: pathsOf(all, machine.isRoot), environment: all, runProgram } };
}

/** A PATH with every program of the system except those whose name matches. */
export function pathWithout(cleanup: Cleanup, pattern: RegExp): string {
  const directory = temporaryDirectory(cleanup, "path");
  const linked = new Set<string>();
  for (const from of [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    for (const name of readdirSync(from)) {
      if (pattern.test(name) || linked.has(name)) continue;
      linked.add(name);
      symlinkSync(join(from, name), join(directory, name));
    }
  }
  return directory;
}

export function configOf(name: string, settings: RequirementConfig["settings"] = {}): RequirementConfig {
  return { name, enabled: true, engine: "auto", settings };
}

/** How an adapter runs as a process of ours. */
export function embedded<S>(adapter: Requirement<S>): EmbeddedEngine<S> {
  if (adapter.engines.embedded === undefined) throw new Error(`${adapter.id} is not embedded`);
  return adapter.engines.embedded;
}

/** A requirement of a project, bound to the bench. */
export interface Bound<S> {
  readonly settings: S;
  readonly runtime: Runtime;
  readonly input: PrepareInput<S>;
  prepare(): Promise<void>;
}

/** Validates, locates or fetches, and binds. Throws the failures of wrong settings. */
export async function bind<S>(bench: Bench, adapter: Requirement<S>, raw: RequirementConfig, port: number, project = "Main"): Promise<Bound<S>> {
  const settings = adapter.settings(raw);
  if (Array.isArray(settings)) throw new Error(JSON.stringify(settings));
  const checked = settings as S;
  const signal = AbortSignal.timeout(60_000);
  const runtime = (await embedded(adapter).locate(checked, bench.host)) ?? (await embedded(adapter).fetch(checked, bench.host, () => undefined, signal));
  const secrets = createSecrets(join(bench.stateRoot, "scope", "secrets"));
  const input: PrepareInput<S> = {
    project,
    name: raw.name,
    settings: checked,
    runtime,
    ports: { main: port },
    dataDirectory: join(bench.stateRoot, "scope", "data", project, raw.name),
    secret: (name) => secretReference(`${project}/${raw.name}`, name),
    reveal: (key) => secrets.reveal(key),
    keep: (key, value) => secrets.keep(key, value),
    projectRoot: bench.stateRoot,
    progress: () => undefined,
    signal,
  };
  return { settings: checked, runtime, input, prepare: () => embedded(adapter).prepare(input, bench.host) };
}

/** The adapter's values with the secrets put in. */
export function revealed<S>(adapter: Requirement<S>, input: PrepareInput<S>): Readonly<Record<string, string>> {
  return revealedRecord(adapter.values(input), input);
}

export function revealedRecord<S>(record: Readonly<Record<string, string>>, input: PrepareInput<S>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, resolveSecrets(value, (name) => input.reveal(name))]));
}

export interface RunningServer {
  readonly child: ChildProcess;
  /** From the spawn to the first right answer, in milliseconds. */
  readonly readyMs: number;
  /** Everything it has printed. */
  log(): string;
  /** As configured, or with another signal; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Spawns the drafted command and waits until its probe is answered. It is killed in the end, whatever happens. */
export async function startServer<S>(bench: Bench, adapter: Requirement<S>, input: DraftInput<S>, cleanup: Cleanup): Promise<RunningServer> {
  const draft = embedded(adapter).draft(input);
  const [program = "", ...args] = draft.command;
  const logDirectory = join(bench.stateRoot, "logs");
  mkdirSync(logDirectory, { recursive: true });
  const logPath = join(logDirectory, `${basename(input.dataDirectory)}-${Math.random().toString(36).slice(2)}.log`);
  const log = openSync(logPath, "a");
  const account = bench.host.machine.serverAccount;
  const begun = performance.now();
  const child = spawn(program, args, {
    cwd: input.dataDirectory,
    env: { PATH: "/usr/bin:/bin", ...draft.env },
    stdio: ["ignore", log, log],
    detached: true,
    ...(account === undefined ? {} : account),
  });
  closeSync(log);
  const exited = once(child, "exit");
  const stop = async (signal: NodeJS.Signals = draft.stop.signal): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  cleanup(() => stop("SIGKILL"));
  const readText = (): string => readFileSync(logPath, "utf8");
  if (draft.ready.kind !== "exchange") throw new Error("the bench knows exchange probes only");
  const { port, expect } = draft.ready;
  const secrets = createSecrets(join(bench.stateRoot, "scope", "secrets"));
  const bytes = probeBytes(draft.ready.send, (text) => resolveSecrets(text, (key) => secrets.reveal(key)));
  for (let waitMs = 2; !(await exchange(port, bytes, new RegExp(expect), 1000)); waitMs = Math.min(waitMs * 1.3, 50)) {
    if (child.exitCode !== null || performance.now() - begun > draft.readyTimeoutMs) throw new Error(`not ready: ${readText()}`);
    await systemClock.sleep(waitMs);
  }
  return { child, readyMs: performance.now() - begun, log: readText, stop };
}

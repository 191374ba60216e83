/** Proves that a unit is ready: connect first, since that costs microseconds, then once that the listener is ours. */
import { createReadStream } from "node:fs";
import { request } from "node:http";
import { createInterface } from "node:readline";
import type { Clock } from "../host/clock.ts";
import { withDeadline } from "../host/deadline.ts";
import { answeringLoopback, answers, exchange, staysOpen } from "../host/net.ts";
import { runProgram, type ProgramResult } from "../host/run-program.ts";
import { maskSecrets } from "../model/secrets.ts";
import type { Handle, Probe, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";

/** What a probe needs besides itself. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logPath: string;
  /** Where in the log this start begins. */
  readonly logOffset: number;
  readonly startedAt: number;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts secrets into a word of a command. */
  readonly opened: (word: string) => string;
  /** Runs a command where the unit runs; absent: on this machine. */
  readonly run?: (command: readonly string[], timeoutMs: number) => Promise<ProgramResult>;
}

const firstPollMs = 2;
const promptPollMs = 40;
const promptForMs = 10_000;
const slowPollMs = 250;
const ipv6Every = 3;
const attemptTimeoutMs = 5000;
/** An engine closes what nobody inside takes within a few milliseconds. */
const heldMs = 100;

/** For the context of a unit's probe: commands run where the unit does. */
export function probeRunner({ executors }: Pick<Engine, "executors">, spec: UnitSpec, handle: Handle): Pick<ProbeContext, "run"> {
  const { run } = executors[spec.executor];
  return run === undefined ? {} : { run: (command, timeoutMs) => run(handle, command, timeoutMs) };
}

/** Polls until the probe is satisfied; resolves with the evidence. Rejects only when aborted. */
export async function awaitProbe(probe: Probe, context: ProbeContext): Promise<string> {
  const begun = context.clock.monotonic();
  for (let turn = 1; ; turn += 1) {
    // Few servers listen on IPv6 alone, and a refused connect is not free: every third turn is enough.
    const evidence = await attemptProbe(probe, context, turn % ipv6Every === 0 ? "both" : "ipv4");
    if (evidence !== undefined) return evidence;
    await context.clock.sleep(pollDelay(context.clock.monotonic() - begun), context.signal);
  }
}

/** From 2 ms, growing by half of the time waited; slow only after ten seconds, so that readiness is noticed within 50 ms. */
export function pollDelay(waitedMs: number): number {
  const limit = waitedMs < promptForMs ? promptPollMs : slowPollMs;
  return Math.min(limit, Math.max(firstPollMs, waitedMs / 2));
}

/** The ports a probe looks at, which are the ones whose holder must be proved. */
export function probedPort(probe: Probe): number | undefined {
  return probe.kind === "listener" || probe.kind === "http" || probe.kind === "exchange" ? probe.port : undefined;
}

/** One attempt: the evidence, or undefined. */
export async function attemptProbe(probe: Probe, context: ProbeContext, families: "both" | "ipv4" = "both"): Promise<string | undefined> {
  switch (probe.kind) {
    case "none":
      return "started";
    case "listener": {
      const address = await answeringLoopback(probe.port, families);
      return address === undefined ? undefined : `${address}:${probe.port} accepts connections`;
    }
    case "published":
      return (await staysOpen(probe.port, heldMs)) ? `127.0.0.1:${probe.port} accepts connections` : undefined;
    case "tcp":
      return (await answers(probe.host, probe.port, attemptTimeoutMs)) ? `${probe.host}:${probe.port} accepts connections` : undefined;
    case "http":
      return httpEvidence(probe, families, context.signal);
    case "exchange":
      return (await exchange(probe.port, probeBytes(probe.send, context.opened), new RegExp(probe.expect), attemptTimeoutMs, probe.host)) ? `the server on ${probe.host === undefined ? "" : `${probe.host}:`}${probe.port} answered` : undefined;
    case "exec": {
      const result = await runWhereItRuns(probe.command.map(context.opened), context);
      return result.code === 0 ? `${maskSecrets(probe.command.join(" "))} exited 0` : undefined;
    }
    case "log":
      return logEvidence(new RegExp(probe.pattern), context);
    case "delay":
      return context.clock.monotonic() - context.startedAt >= probe.forMs ? `lived ${probe.forMs} ms` : undefined;
  }
}

function runWhereItRuns(command: readonly string[], { run, directory, environment, signal }: ProbeContext): Promise<ProgramResult> {
  return run === undefined ? runProgram(command, { directory, environment, timeoutMs: attemptTimeoutMs, signal }) : run(command, attemptTimeoutMs);
}

/** What a probe looks at, for a person. */
export function probeText(probe: Probe): string {
  switch (probe.kind) {
    case "http":
      return `GET http://127.0.0.1:${probe.port}${probe.path}`;
    case "listener":
    case "published":
      return `port ${probe.port}`;
    case "exchange":
      return probe.host === undefined ? `port ${probe.port}` : `${probe.host}:${probe.port}`;
    case "tcp":
      return `${probe.host}:${probe.port}`;
    case "exec":
      return maskSecrets(probe.command.join(" "));
    case "log":
      return `a log line like ${probe.pattern}`;
    case "delay":
    case "none":
      return probe.kind;
  }
}

/** What an `exchange` sends: latin1 keeps every byte as it is, so references can be replaced in between. */
export function probeBytes(send: string, opened: (text: string) => string): Buffer {
  return Buffer.from(opened(Buffer.from(send, "base64").toString("latin1")), "latin1");
}

async function httpEvidence(probe: Extract<Probe, { kind: "http" }>, families: "both" | "ipv4", signal: AbortSignal): Promise<string | undefined> {
  const address = await answeringLoopback(probe.port, families);
  if (address === undefined) return undefined;
  const answer = await withDeadline(signal, attemptTimeoutMs, (limited) => httpGet(address, probe.port, probe.path, limited));
  if (answer === undefined) return undefined;
  const isStatusGood = probe.status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === probe.status;
  return isStatusGood && !saysNotReady(answer.body) ? `GET ${probe.path} answered ${answer.status}` : undefined;
}

/** The signal also ends an answer that goes on and on. */
function httpGet(host: string, port: number, path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string } | undefined> {
  return new Promise((resolve) => {
    const call = request({ host, port, path, agent: false, signal, headers: { host: `localhost:${port}`, accept: "*/*" } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (body.length < 65_536) body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", () => resolve(undefined));
    });
    call.on("error", () => resolve(undefined));
    call.end();
  });
}

function saysNotReady(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && "ready" in value && value.ready === false;
  } catch {
    return false;
  }
}

async function logEvidence(pattern: RegExp, context: ProbeContext): Promise<string | undefined> {
  const stream = createReadStream(context.logPath, { start: context.logOffset, encoding: "utf8" });
  try {
    // Rotated bytes read as zeros.
    for await (const line of createInterface({ input: stream })) if (pattern.test(line.replace(/^\0+/, ""))) return `its log has a line like ${pattern.source}`;
  } catch {
    return undefined;
  } finally {
    stream.destroy();
  }
  return undefined;
}

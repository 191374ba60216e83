/**
 * Follows one container: its end, as its engine tells it, and its log. An engine that does not answer is asked again
 * until it does; meanwhile nobody knows whether the container lives.
 */
import { systemClock } from "../../host/clock.ts";
import type { ContainerEngine, ContainerFacts, ContainerOperations } from "../../host/container-engine.ts";
import { endFailure } from "../../host/docker-trouble.ts";
import { signalNames } from "../../host/signals.ts";
import type { Failure } from "../../model/failure.ts";
import { exitOfStatus, type ContainerHandle, type Exit, type UnitId } from "../../model/unit.ts";
import type { Tracked } from "../supervise.ts";
import { openLogSink, type LogPlace } from "./log-sink.ts";

export type ContainerTruth = "alive" | "dead" | "unknown";

export interface FollowOrder extends Omit<LogPlace, "containerId"> {
  readonly unitId: UnitId;
  readonly handle: ContainerHandle;
  /** Its limit, to be named when it was ended for it. */
  readonly memoryBytes?: number;
}

export interface Following {
  readonly tracked: Tracked;
  /** Resolves when the engine was asked once, whether it answered or not. */
  readonly looked: Promise<void>;
  truth(): ContainerTruth;
  /** What somebody else has seen of it meanwhile. */
  note(truth: ContainerTruth): void;
  /** Lets go of it; it is never told as ended from here on. */
  close(): void;
}

/** Waiting for an end can break without a word, so the container is looked at from time to time. */
const sweepMs = 3000;
const [firstDelayMs, longestDelayMs] = [100, 2000];
/** How long the last words may take to arrive. */
const drainMs = 5000;
const logRetryMs = 1000;

export function followContainer(engine: () => Promise<ContainerEngine>, order: FollowOrder): Following {
  const [letGo, hasEnded] = [new AbortController(), new AbortController()];
  let truth: ContainerTruth = "unknown";
  let failure: Failure | undefined;
  let asked: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (asked = resolve));
  const note = (now: ContainerTruth): void => {
    truth = now;
    asked();
  };
  const log = keepLog(engine, order, AbortSignal.any([letGo.signal, hasEnded.signal]));
  const follow = async (): Promise<Exit> => {
    const facts = await untilEnded(engine, order.handle, note, letGo.signal);
    await Promise.race([log, systemClock.sleep(drainMs, letGo.signal)]);
    hasEnded.abort();
    if (facts?.end?.isOutOfMemory === true) failure = endFailure(facts.name, facts.end, order.memoryBytes);
    note("dead");
    return facts?.end === undefined ? { kind: "unknown" } : exitOfStatus(facts.end.exitCode, signalNames);
  };
  const ended = follow().catch((error: unknown) => (letGo.signal.aborted ? new Promise<Exit>(() => undefined) : Promise.reject(error)));
  return {
    tracked: { unitId: order.unitId, handle: order.handle, ended, told: () => failure },
    looked,
    truth: () => truth,
    note,
    close: () => letGo.abort(),
  };
}

/** The container as it ended; undefined when it is gone. */
async function untilEnded(engine: () => Promise<ContainerEngine>, { containerId, startedAt }: ContainerHandle, note: (truth: ContainerTruth) => void, signal: AbortSignal): Promise<ContainerFacts | undefined> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      const { containers } = await engine();
      const facts = await containers.inspect(containerId);
      if (facts?.isRunning !== true || facts.startedAt !== startedAt) return facts;
      note("alive");
      delayMs = firstDelayMs;
      await endedOrSweep(containers, containerId, signal);
    } catch {
      signal.throwIfAborted();
      note("unknown");
      await systemClock.sleep(delayMs, signal);
    }
  }
}

async function endedOrSweep(containers: ContainerOperations, containerId: string, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const ended = containers.ended(containerId, either);
  // Some broken connections are never told: then it settles neither now nor when it is aborted.
  ended.catch(() => undefined);
  try {
    await Promise.race([ended, systemClock.sleep(sweepMs, either)]);
  } finally {
    over.abort();
  }
}

/** Until the container has ended and all is read; a file that cannot be written is tried again. */
async function keepLog(engine: () => Promise<ContainerEngine>, { handle: { containerId }, ...place }: FollowOrder, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const sink = openLogSink({ ...place, containerId });
      const over = AbortSignal.any([signal, sink.failed]);
      const end = (): void => sink.close();
      signal.addEventListener("abort", end, { once: true });
      try {
        return await (await engine()).containers.followLog(containerId, sink.from, sink.write, over);
      } finally {
        signal.removeEventListener("abort", end);
        sink.close();
      }
    } catch {
      await systemClock.sleep(logRetryMs, signal).catch(() => undefined);
    }
  }
}

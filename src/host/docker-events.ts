/** What happens to containers, as the engine tells it, over broken connections. */
import { StringDecoder } from "node:string_decoder";
import { systemClock } from "./clock.ts";
import type { EngineEvent, Labels } from "./container-engine.ts";
import type { Connection } from "./docker-connect.ts";
import { labelFilter } from "./docker-spec.ts";
import { engineTrouble, isConnectionTrouble } from "./docker-trouble.ts";

const [firstDelayMs, longestDelayMs] = [100, 5000];

/** See `ContainerEngine.events`. Ends without an error when the signal comes. */
export async function* engineEvents(connection: Connection, labels: Labels, signal: AbortSignal): AsyncGenerator<EngineEvent, void, undefined> {
  let delayMs = firstDelayMs;
  while (!signal.aborted) {
    try {
      const filters = { type: ["container" as const], event: ["start", "die", "oom"], label: labelFilter(labels) };
      const stream: AsyncIterable<Buffer | string> = await connection.patient.getEvents({ filters, abortSignal: signal });
      delayMs = firstDelayMs;
      yield { kind: "connected" };
      for await (const line of linesOf(stream)) {
        const event = eventOf(JSON.parse(line));
        if (event !== undefined) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isConnectionTrouble(error)) throw engineTrouble(error, "the engine's events could not be read");
    }
    await systemClock.sleep(delayMs, signal).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
    // What does not come back now may do so at the next try.
    await connection.renew().catch(() => undefined);
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  for await (const chunk of chunks) {
    const lines = (pending + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
    pending = lines.pop() ?? "";
    yield* lines.filter((line) => line.trim() !== "");
  }
}

/** The part of a message of the engine that is read. */
interface Message {
  readonly Action: string;
  readonly timeNano: number;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

function eventOf(value: unknown): EngineEvent | undefined {
  const { Action: action, timeNano, Actor: actor } = value as Message;
  const common = { containerId: actor.ID, labels: actor.Attributes, at: new Date(timeNano / 1e6).toISOString() };
  switch (action) {
    case "start": return { kind: "started", ...common };
    case "oom": return { kind: "out-of-memory", ...common };
    case "die": return { kind: "ended", ...common, exitCode: Number(actor.Attributes["exitCode"]) };
    default: return undefined;
  }
}

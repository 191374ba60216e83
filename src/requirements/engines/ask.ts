/** How servers are asked: one conversation, answer by answer, under one deadline; where they are asked over HTTP. */
import { connect } from "node:net";
import type { Failure } from "../../model/failure.ts";
import type { ExternalServer } from "../adapter.ts";

export interface AskLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What to do with everything the server has said so far: wait for more, say something, or be done. */
export type Turn = { readonly kind: "wait" } | { readonly kind: "send"; readonly bytes: Buffer } | { readonly kind: "done"; readonly outcome: string | Failure };

/** Sends `first`, then follows `next`, which gets what came since the last sending. The evidence, or why there is none. */
export function converse(place: { readonly host: string; readonly port: number }, first: Buffer, next: (answer: Buffer) => Turn, { timeoutMs, signal }: AskLimits): Promise<string | Failure> {
  return new Promise((resolve) => {
    const socket = connect(place);
    let answer: Buffer = Buffer.alloc(0);
    const end = (outcome: string | Failure): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(unreachable(place, `it did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
    const onAbort = (): void => end(unreachable(place, "asking was cancelled"));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => socket.write(first));
    socket.once("error", (error) => end(unreachable(place, error.message)));
    socket.once("end", () => end(unreachable(place, "it closed the connection")));
    socket.on("data", (data) => {
      answer = Buffer.concat([answer, data]);
      const turn = next(answer);
      if (turn.kind === "done") return end(turn.outcome);
      if (turn.kind === "send") {
        answer = Buffer.alloc(0);
        socket.write(turn.bytes);
      }
    });
  });
}

/** A server that gives no answer. */
export function unreachable({ host, port }: { readonly host: string; readonly port: number }, detail: string): Failure {
  return { reason: "server_unreachable", message: `${host}:${port} cannot be reached: ${detail}` };
}

/** Where a server is asked over HTTP: its URL without user and password, which requests must not name, and without a slash at the end. */
export function webAddress({ host, port, database: path, isEncrypted }: Pick<ExternalServer, "host" | "port" | "database" | "isEncrypted">): string {
  return `${isEncrypted ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}${path === undefined ? "" : `/${path.replace(/\/+$/, "")}`}`;
}

/** What a service answers, reduced to what can be compared. */
import { createHash } from "node:crypto";
import { errorText } from "../../host/files.ts";
import { withDeadline } from "../../host/deadline.ts";

export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** Of the content; the order of keys in JSON does not count. */
  readonly hash: string;
}

export type Answer = Answered | { readonly error: string };

const usualTimeoutMs = 15_000;

/** A GET without following redirects; trouble is part of the answer. */
export async function answerOf(url: string, signal: AbortSignal, now: () => number, timeoutMs = usualTimeoutMs): Promise<Answer> {
  const begun = now();
  try {
    return await withDeadline(signal, timeoutMs, async (limited) => {
      const response = await fetch(url, { redirect: "manual", signal: limited });
      const body = Buffer.from(await response.arrayBuffer());
      const contentType = response.headers.get("content-type") ?? "";
      return { status: response.status, contentType, bytes: body.length, durationMs: Math.round(now() - begun), hash: contentHash(body, contentType) };
    });
  } catch (error) {
    signal.throwIfAborted();
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    return { error: cause instanceof Error ? cause.message || errorText(error) : errorText(error) };
  }
}

/** Whether two answers say the same, however long they took. Pure. */
export function isSame(one: Answer, other: Answer): boolean {
  if ("error" in one || "error" in other) return "error" in one && "error" in other;
  return one.status === other.status && one.hash === other.hash;
}

function contentHash(body: Buffer, contentType: string): string {
  const hashed = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex").slice(0, 16);
  if (!/\bjson\b/.test(contentType)) return hashed(body);
  try {
    return hashed(JSON.stringify(sorted(JSON.parse(body.toString("utf8")))));
  } catch {
    return hashed(body);
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

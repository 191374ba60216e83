/** n8n's own interface for browsers, as far as it is needed: settings, owner, login, workflows. */
import { withDeadline } from "../host/deadline.ts";
import { errorText } from "../host/files.ts";

export interface RestAnswer {
  readonly status: number;
  /** What n8n puts under `data`. */
  readonly data: unknown;
  /** What it says instead when it refuses. */
  readonly message: string;
}

export interface Rest {
  /** Throws an Error when there is no answer in time. */
  ask(method: "GET" | "POST" | "PATCH", path: string, body?: unknown): Promise<RestAnswer>;
}

const answerMs = 30_000;

/** One browser's worth of n8n: the cookie of a login goes with everything that is asked afterwards. */
export function createRest(url: string, signal: AbortSignal): Rest {
  let cookie: string | undefined;
  return {
    ask: async (method, path, body) => {
      const headers = { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }), ...(cookie === undefined ? {} : { cookie }) };
      try {
        return await withDeadline(signal, answerMs, async (limited) => {
          const response = await fetch(`${url}/rest${path}`, { method, headers, signal: limited, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
          cookie = response.headers.getSetCookie().map((one) => one.split(";")[0]).find((one) => one?.startsWith("n8n-auth=")) ?? cookie;
          return { status: response.status, ...answerIn(await response.text()) };
        });
      } catch (error) {
        signal.throwIfAborted();
        throw new Error(`n8n did not answer ${method} /rest${path}: ${errorText(error)}`, { cause: error });
      }
    },
  };
}

function answerIn(text: string): Pick<RestAnswer, "data" | "message"> {
  try {
    const content: unknown = JSON.parse(text);
    return { data: field(content, "data"), message: String(field(content, "message") ?? text.slice(0, 300)) };
  } catch {
    return { data: undefined, message: text.slice(0, 300) };
  }
}

/** A field of something that came from outside. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}

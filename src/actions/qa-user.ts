/** A user for tests, by the administration interface of Supabase Auth. https://supabase.com/docs/reference/self-hosting-auth */
import { join } from "node:path";
import { errorText, writeAtomic } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import { withDeadline } from "../host/deadline.ts";
import { makePlace, type ActionPlace } from "./place.ts";

export interface QaUserOrder {
  /** Of the project's own Supabase. */
  readonly url: string;
  readonly serviceKey: string;
  readonly email: string;
  /** Needed to make a user; an existing one keeps its own without. */
  readonly password?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly appMetadata?: Readonly<Record<string, unknown>>;
}

export interface QaUserOutcome {
  readonly outcome: "created" | "updated" | "unchanged";
  readonly userId: string;
  readonly email: string;
  readonly url: string;
}

interface AuthAnswer {
  readonly status: number;
  readonly body: unknown;
}

const requestTimeoutMs = 15_000;
const perPage = 200;
const mostPages = 50;

/** Makes the user, or sets what was said of it; nothing twice. Throws a UserError when the server refuses. */
export async function ensureQaUser(order: QaUserOrder, place: ActionPlace): Promise<QaUserOutcome> {
  const found = await ensured(order, place.signal);
  makePlace(place.artifacts);
  // Never the password, never the key.
  writeAtomic(join(place.artifacts, "qa-user-ensure.json"), `${JSON.stringify({ project: place.project, ...found })}\n`);
  place.progress(`${found.outcome} ${found.email}`);
  return found;
}

async function ensured(order: QaUserOrder, signal: AbortSignal): Promise<QaUserOutcome> {
  const { email, url } = order;
  const known = await userId(order, signal);
  const fields = fieldsOf(order);
  if (known !== undefined) {
    if (Object.keys(fields).length === 0) return { outcome: "unchanged", userId: known, email, url };
    accepted(await asked(order, signal, "PUT", `/users/${known}`, fields), `change ${email}`);
    return { outcome: "updated", userId: known, email, url };
  }
  if (order.password === undefined) throw new UserError({ reason: "usage_invalid", message: `${email} is to be made, and no password was given`, hint: "give one in QA_USER_PASSWORD, or with --password" });
  const answer = await asked(order, signal, "POST", "/users", { email, email_confirm: true, ...fields });
  return { outcome: "created", userId: textIn(accepted(answer, `make ${email}`), "id"), email, url };
}

function fieldsOf({ password, metadata, appMetadata }: QaUserOrder): Readonly<Record<string, unknown>> {
  return { ...(password === undefined ? {} : { password }), ...(metadata === undefined ? {} : { user_metadata: metadata }), ...(appMetadata === undefined ? {} : { app_metadata: appMetadata }) };
}

/** The interface has no look-up by address, only pages. */
async function userId(order: QaUserOrder, signal: AbortSignal): Promise<string | undefined> {
  for (let page = 1; page <= mostPages; page += 1) {
    const users = listIn(accepted(await asked(order, signal, "GET", `/users?page=${page}&per_page=${perPage}`), "list users"), "users");
    const found = users.find((user) => textIn(user, "email").toLowerCase() === order.email.toLowerCase());
    if (found !== undefined) return textIn(found, "id");
    if (users.length < perPage) return undefined;
  }
  throw new UserError({ reason: "action_failed", message: `${order.email} is not among the first ${mostPages * perPage} users of ${order.url}`, hint: "use a project with a database of its own" });
}

async function asked({ url, serviceKey }: QaUserOrder, signal: AbortSignal, method: string, path: string, body?: unknown): Promise<AuthAnswer> {
  const address = `${url.replace(/\/+$/, "")}/auth/v1/admin${path}`;
  try {
    return await withDeadline(signal, requestTimeoutMs, async (limited) => {
      const headers = { apikey: serviceKey, authorization: `Bearer ${serviceKey}`, "content-type": "application/json" };
      const response = await fetch(address, { method, headers, signal: limited, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: response.status, body: parsed(await response.text()) };
    });
  } catch (error) {
    signal.throwIfAborted();
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    throw new UserError({ reason: "server_unreachable", message: `${address} did not answer: ${cause instanceof Error && cause.message !== "" ? cause.message : errorText(error)}`, hint: "see `envctl health`; Supabase must be ready" });
  }
}

function accepted({ status, body }: AuthAnswer, what: string): unknown {
  if (status >= 200 && status < 300) return body;
  const said = ["msg", "message", "error_description", "error"].map((key) => textIn(body, key)).find((text) => text !== "") ?? "";
  const isKey = status === 401 || status === 403;
  throw new UserError({ reason: isKey ? "credentials_refused" : "action_failed", message: `Supabase refused to ${what}: ${status}${said === "" ? "" : ` ${said}`}`, hint: isKey ? "the service key of the project is not that of its Supabase: see `envctl env UNIT`" : "mend what it says and try again" });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textIn(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : "";
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(found) ? found : [];
}

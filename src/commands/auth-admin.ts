/** The administration of an auth server over HTTP: users of a Supabase project. Source: the REST interface of GoTrue, `/admin/users`. */
import type { withDeadline } from "../host/deadline.ts";
import { UserError, type Failure } from "../model/failure.ts";

/** Where the server is, and the key that lets one administer it. */
export interface AuthPlace {
  /** Of the gateway. */
  readonly url: string;
  readonly serviceKey: string;
}

/** What a user is made of, in the server's own words. */
export interface UserFields {
  readonly email?: string;
  readonly password?: string;
  readonly phone?: string;
  readonly role?: string;
  readonly user_metadata?: Readonly<Record<string, unknown>>;
  readonly app_metadata?: Readonly<Record<string, unknown>>;
}

/** A user as the server tells. */
export interface AuthUser extends Omit<UserFields, "password"> {
  readonly id: string;
  readonly created_at?: string | null;
  readonly last_sign_in_at?: string | null;
}

export interface AuthAdmin {
  list(): Promise<readonly AuthUser[]>;
  create(fields: UserFields): Promise<AuthUser>;
  update(id: string, fields: UserFields): Promise<AuthUser>;
  remove(id: string): Promise<void>;
}

const pageSize = 200;
const timeoutMs = 15_000;

/** Every call throws a UserError for a server that does not answer in time, or refuses. */
export function authAdmin(place: AuthPlace, within: typeof withDeadline, signal: AbortSignal): AuthAdmin {
  const address = `${place.url}/auth/v1/admin/users`;
  const ask = (method: string, path: string, body?: unknown): Promise<unknown> => within(signal, timeoutMs, (limited) => asked(address, place.serviceKey, limited, { method, path, body })).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw new UserError({ reason: "server_unreachable", message: `${address} gives no answer: ${causeText(error)}`, hint: "see `envctl status`, and the log of the auth server" });
  });
  return {
    list: async () => {
      const users: AuthUser[] = [];
      for (let page = 1; ; page += 1) {
        const found = usersIn(await ask("GET", `?page=${page}&per_page=${pageSize}`), place);
        users.push(...found);
        if (found.length < pageSize) return users;
      }
    },
    // Nobody reads mail here: an address counts as confirmed.
    create: async (fields) => userIn(await ask("POST", "", { ...fields, email_confirm: true }), place),
    update: async (id, fields) => userIn(await ask("PUT", `/${encodeURIComponent(id)}`, fields), place),
    remove: async (id) => {
      await ask("DELETE", `/${encodeURIComponent(id)}`);
    },
  };
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

async function asked(address: string, serviceKey: string, signal: AbortSignal, { method, path, body }: Question): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { apikey: serviceKey, authorization: `Bearer ${serviceKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) throw new UserError(refusal(response.status, answer, address));
  return answer;
}

function refusal(status: number, answer: unknown, address: string): Failure {
  const said = ["msg", "message", "error_description", "error"].map((key) => fieldOf(answer, key)).find((value) => typeof value === "string");
  const message = `${address} answers ${status}${said === undefined ? "" : `: ${String(said)}`}`;
  if (status === 401 || status === 403) return { reason: "credentials_refused", message, hint: "its secret is not the project's: SUPABASE_JWT_SECRET and SUPABASE_SERVICE_ROLE_KEY belong together" };
  return { reason: status >= 500 ? "server_unreachable" : "usage_invalid", message };
}

function usersIn(answer: unknown, place: AuthPlace): readonly AuthUser[] {
  const users = fieldOf(answer, "users");
  if (!Array.isArray(users)) throw strange(place);
  return users.map((one) => userIn(one, place));
}

function userIn(answer: unknown, place: AuthPlace): AuthUser {
  if (!isUser(answer)) throw strange(place);
  return answer;
}

function isUser(value: unknown): value is AuthUser {
  return typeof fieldOf(value, "id") === "string";
}

function strange({ url }: AuthPlace): UserError {
  return new UserError({ reason: "server_unreachable", message: `what answers at ${url}/auth/v1/admin/users is no auth server`, hint: "see that the gateway is Supabase's" });
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides why it failed in the cause. */
function causeText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** `envctl supabase-user sync|list|create|update|delete`: users of a project's Supabase auth server. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { SupabaseUserReport } from "../contracts/supabase-user-report.ts";
import { UserError } from "../model/failure.ts";
import { table } from "../ui/table.ts";
import { authAdmin, type AuthAdmin, type AuthUser, type UserFields } from "./auth-admin.ts";
import { authPlace } from "./auth-place.ts";
import type { DbTarget } from "./db-target.ts";
import { textFlag } from "./targets.ts";

type Action = SupabaseUserReport["action"];
type Row = SupabaseUserReport["users"][number];

/** Action → whether it is about one user, who must be named. */
const actions: Readonly<Record<Action, boolean>> = { list: false, sync: false, create: true, update: true, delete: true };

export const body: CommandBody<SupabaseUserReport> = {
  run: async (input, runtime) => {
    const [word = "list", name = "", ...more] = input.args;
    const action = actionOf(word, [name, ...more].filter((one) => one !== ""));
    const { target, ...place } = await authPlace(input, runtime);
    const users = await carriedOut({ action, name, input, target }, authAdmin(place, (await runtime.actions()).withDeadline, input.signal));
    return { action, project: target.project, url: place.url, users: [...users] };
  },
  text: textOf,
};

function actionOf(word: string, names: readonly string[]): Action {
  const action = (Object.keys(actions) as readonly Action[]).find((one) => one === word);
  if (action === undefined) throw new UserError({ reason: "unknown_target", message: `users cannot "${word}"`, hint: `one of ${Object.keys(actions).join(", ")}` });
  if (names.length === (actions[action] ? 1 : 0)) return action;
  throw usage(`\`supabase-user ${action}\` ${actions[action] ? "takes one user" : "takes no user"}, and ${names.length === 0 ? "none was" : `${names.join(" ")} was`} given`, `envctl supabase-user ${action}${actions[action] ? " ada@example.com" : ""}`);
}

interface Order {
  readonly action: Action;
  readonly name: string;
  readonly input: CommandInput;
  readonly target: DbTarget;
}

async function carriedOut({ action, name, input, target }: Order, admin: AuthAdmin): Promise<readonly Row[]> {
  switch (action) {
    case "list":
      return (await admin.list()).map((user) => rowOf(user));
    case "sync":
      return synced(usersFile(target), admin);
    case "create": {
      const given = fieldsOf(input);
      const password = given.password ?? randomBytes(12).toString("base64url");
      const user = await admin.create({ ...given, email: name, password });
      return [{ ...rowOf(user), change: "created", ...(given.password === undefined ? { password } : {}) }];
    }
    case "update": {
      const fields = fieldsOf(input);
      if (Object.keys(fields).length === 0) throw usage("nothing was said that should change", "say --password, --role, --email or --metadata");
      return [{ ...rowOf(await admin.update((await found(name, admin)).id, fields)), change: "updated" }];
    }
    case "delete": {
      const user = await found(name, admin);
      await admin.remove(user.id);
      return [{ ...rowOf(user), change: "deleted" }];
    }
  }
}

/** By id or by address. */
async function found(name: string, admin: AuthAdmin): Promise<AuthUser> {
  const users = await admin.list();
  const user = users.find(({ id, email }) => id === name || email?.toLowerCase() === name.toLowerCase());
  if (user !== undefined) return user;
  const known = users.slice(0, 10).map(({ id, email }) => email ?? id);
  throw new UserError({ reason: "unknown_target", message: `no user is "${name}"`, hint: known.length === 0 ? "there are none yet" : `there are ${known.join(", ")}${users.length > known.length ? " and more" : ""}` });
}

function fieldsOf({ flags }: CommandInput): UserFields {
  const [email, password, role, metadata] = ["email", "password", "role", "metadata"].map((flag) => textFlag(flags, flag));
  return {
    ...(email === undefined ? {} : { email }),
    ...(password === undefined ? {} : { password }),
    ...(role === undefined ? {} : { role }),
    ...(metadata === undefined ? {} : { user_metadata: metadataIn(metadata) }),
  };
}

function metadataIn(text: string): Readonly<Record<string, unknown>> {
  const value = jsonIn(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw usage(`--metadata is ${text}`, 'it must be a JSON object, such as {"name":"Ada"}');
}

/** Whoever is missing is created, whoever differs is updated; nobody is deleted. */
async function synced(wanted: readonly UserFields[], admin: AuthAdmin): Promise<readonly Row[]> {
  const users = await admin.list();
  const rows: Row[] = [];
  for (const fields of wanted) {
    const known = users.find(({ email }) => email?.toLowerCase() === fields.email?.toLowerCase());
    if (known === undefined) rows.push({ ...rowOf(await admin.create(fields)), change: "created" });
    else if (isAsWanted(known, fields)) rows.push({ ...rowOf(known), change: "kept" });
    else rows.push({ ...rowOf(await admin.update(known.id, fields)), change: "updated" });
  }
  return rows;
}

/** What a server tells of a user; a password it does not. It adds metadata of its own. */
function isAsWanted(known: AuthUser, { password: _password, email: _email, user_metadata = {}, app_metadata = {}, ...plain }: UserFields): boolean {
  const holds = (all: Readonly<Record<string, unknown>> = {}, some: Readonly<Record<string, unknown>>): boolean => Object.entries(some).every(([key, value]) => isDeepStrictEqual(all[key], value));
  return holds({ ...known }, { ...plain }) && holds(known.user_metadata, user_metadata) && holds(known.app_metadata, app_metadata);
}

const file = "supabase/users.json";

function usersFile({ root }: DbTarget): readonly UserFields[] {
  const path = join(root, file);
  const example = '[{ "email": "ada@example.com", "password": "…", "user_metadata": { "name": "Ada" } }]';
  if (!existsSync(path)) throw new UserError({ reason: "configuration_missing", message: `there is no ${path}, which names the users`, hint: `write one: ${example}` });
  const users = jsonIn(readFileSync(path, "utf8"));
  const wrong = Array.isArray(users) ? users.findIndex((one) => !isUserFields(one)) : 0;
  if (Array.isArray(users) && wrong < 0) return users.filter(isUserFields);
  throw new UserError({ reason: "configuration_invalid", message: Array.isArray(users) ? `user ${wrong + 1} in ${path} has no \`email\`, or one that is no text` : `${path} is no JSON list of users`, hint: `it looks like ${example}`, place: { file: path } });
}

function isUserFields(value: unknown): value is UserFields {
  return typeof value === "object" && value !== null && "email" in value && typeof value.email === "string" && (!("password" in value) || typeof value.password === "string");
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rowOf({ id, email, role, created_at, last_sign_in_at }: AuthUser): Row {
  return { id, email: email ?? null, role: role ?? null, created_at: created_at ?? null, last_sign_in_at: last_sign_in_at ?? null };
}

function textOf({ action, project, users }: SupabaseUserReport): readonly string[] {
  if (users.length === 0) return [action === "sync" ? `${file} names no users.` : `The Supabase of ${project} has no users yet.`];
  if (action === "list") return table(["email", "id", "role", "last seen"], users.map(({ id, email, role, last_sign_in_at }) => [email ?? "-", id, role ?? "-", last_sign_in_at ?? "never"]));
  return users.map(({ id, email, change, password }) => `${email ?? id} ${change ?? ""}${password === undefined ? "" : `, with the password ${password}`}.`);
}

function usage(message: string, hint: string): UserError {
  return new UserError({ reason: "usage_invalid", message, hint });
}

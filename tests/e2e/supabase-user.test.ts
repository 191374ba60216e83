/** Users of a Supabase, against a stand-in for its auth server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freePorts } from "../rig/ports.ts";
import type { Outcome } from "../rig/program.ts";
import { scene, type Scene } from "./scene.ts";

const key = "the-service-key";

interface AuthScene extends Scene {
  /** `supabase-user`, as somebody who has the key. */
  user(...args: readonly string[]): Promise<Outcome>;
}

/** A Supabase of somebody else's, which is all envctl knows of the stand-in. */
async function authScene(): Promise<AuthScene> {
  const port = await freePorts();
  const program = fileURLToPath(new URL("../rig/auth-server.mjs", import.meta.url));
  const server = spawn(process.execPath, [program, "127.0.0.1", String(port), key], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(server, "exit");
  onTestFinished(async () => {
    server.kill();
    await exited;
  });
  await once(createInterface({ input: server.stdout }), "line");
  const stack = await scene(() => ({ services: { app: { command: ["sleep", "600"], depends_on: ["supabase"] } }, requirements: { supabase: { engine: "external", url: `http://127.0.0.1:${port}` } } }));
  expect((await stack.envctl(["start"])).code).toBe(0);
  return { ...stack, user: (...args) => stack.envctl(["supabase-user", ...args], { env: { SUPABASE_SERVICE_ROLE_KEY: key } }) };
}

const rowsOf = (outcome: Outcome): unknown => outcome.at("users");

test("users are created, found by address or id, updated, deleted; what the server refuses is told in its words", async () => {
  const { user, envctl } = await authScene();
  const made = await user("create", "ada@example.com", "--role", "editor", "--metadata", '{"name":"Ada"}', "--json");
  expect(rowsOf(made)).toEqual([expect.objectContaining({ email: "ada@example.com", role: "editor", change: "created", password: expect.stringMatching(/^[\w-]{16}$/) })]);
  expect(rowsOf(await user("create", "bob@example.com", "--password", "known", "--json"))).toEqual([expect.not.objectContaining({ password: expect.anything() })]);
  const twice = await user("create", "ada@example.com");
  expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("answers 422: A user with this email address has already been registered")]);

  expect(rowsOf(await user("update", "ADA@example.com", "--email", "countess@example.com", "--json"))).toEqual([expect.objectContaining({ email: "countess@example.com", role: "editor", change: "updated" })]);
  expect((await user("delete", String(made.at("users.0.id")))).stdout).toBe("countess@example.com deleted.\n");
  expect((await user("list")).stdout).toMatch(/bob@example\.com/);
  const unknown = await user("delete", "ada@example.com");
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/no user is "ada@example\.com"[^]*there are bob@example\.com/)]);

  const keyless = await envctl(["supabase-user"]);
  expect([keyless.code, keyless.stderr]).toEqual([1, expect.stringContaining("set the variable SUPABASE_SERVICE_ROLE_KEY")]);
  const wrong = await envctl(["supabase-user"], { env: { SUPABASE_SERVICE_ROLE_KEY: "wrong" } });
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("answers 401: This endpoint requires a Bearer token")]);
  for (const words of [["ban", "bob@example.com"], ["create"], ["update", "bob@example.com"], ["create", "x@example.com", "--metadata", "[1]"]]) expect((await user(...words)).code).toBe(1);
});

test("sync makes what the file names and leaves everybody else alone; a second one changes nothing", async () => {
  const { user, repo } = await authScene();
  await user("create", "bob@example.com", "--password", "known");
  const missing = await user("sync");
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("supabase/users.json, which names the users")]);
  const many = Array.from({ length: 230 }, (_, index) => ({ email: `user${index}@example.com`, password: "secret" }));
  const write = (name: string): void => repo.write("supabase/users.json", JSON.stringify([{ email: "ada@example.com", password: "secret", user_metadata: { name } }, ...many]));
  const changes = async (): Promise<Readonly<Record<string, number>>> => {
    const rows = rowsOf(await user("sync", "--json")) as readonly { readonly change: string }[];
    return Object.fromEntries(["created", "updated", "kept"].map((change) => [change, rows.filter((row) => row.change === change).length]));
  };
  write("Ada");
  expect(await changes()).toEqual({ created: 231, updated: 0, kept: 0 });
  expect(await changes()).toEqual({ created: 0, updated: 0, kept: 231 });
  write("Countess");
  expect(await changes()).toEqual({ created: 0, updated: 1, kept: 230 });
  expect(rowsOf(await user("list", "--json"))).toHaveLength(232);
  repo.write("supabase/users.json", '[{ "password": "x" }]');
  expect((await user("sync")).stderr).toMatch(/user 1 in \S*users\.json has no `email`/);
});

test("a Supabase without containers has no auth server, and says so", async () => {
  const stack = await scene((port) => ({ services: { app: { command: ["sleep", "600"], depends_on: ["supabase"] } }, requirements: { supabase: { version: 16, port, db_port: port + 1 } } }));
  expect((await stack.envctl(["supabase-user"])).stderr).toContain("Main/supabase has never run");
  expect((await stack.envctl(["start"])).code).toBe(0);
  const refused = await stack.envctl(["supabase-user", "list"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Main\/supabase runs embedded, and that has no auth server[^]*set requirements\.supabase\.engine to docker/)]);
});

/** Actions that need something running: compare, exec --browser, qa-user; and how projects are named. */
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { puppet } from "../rig/puppet.ts";
import { scene, type Configuration, type Scene } from "./scene.ts";

function shop(supabase: string) {
  return (port: number): Configuration => ({
    services: {
      backend: { command: puppet({ listen: "{port}", http: "healthy" }), port, env: { SUPABASE_URL: supabase, SUPABASE_SERVICE_ROLE_KEY: "service-key" } },
      frontend: { command: puppet({ listen: "{port}", http: "healthy" }), port: port + 1 },
    },
    test: { all: { command: "echo 1..1; echo ok 1" } },
  });
}

interface AuthServer {
  readonly url: string;
  /** Method, path and body of what was asked. */
  readonly asked: string[];
}

/** The part of Supabase Auth that is used, with its users in memory. */
async function authServer(): Promise<AuthServer> {
  const asked: string[] = [];
  const users: { readonly id: string; readonly email: string }[] = Array.from({ length: 200 }, (_, at) => ({ id: `u${at}`, email: `somebody${at}@example.com` }));
  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${body}`);
      const isAllowed = request.headers.authorization === "Bearer service-key" && request.headers["apikey"] === "service-key";
      const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? 1);
      if (request.method === "POST" && isAllowed) users.push({ id: "new-id", email: String((JSON.parse(body) as { readonly email: string }).email) });
      const answer = request.method === "GET" ? { users: users.slice((page - 1) * 200, page * 200) } : users.at(-1);
      response.writeHead(isAllowed ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(isAllowed ? answer : { msg: "invalid JWT" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function running(supabase: string, ...projects: readonly string[]): Promise<Scene> {
  const stack = await scene(shop(supabase), { worktrees: ["feature-1", "feature-2"], files: { "dist/app.js": "x".repeat(2000) } });
  const started = await stack.envctl(["start", "--project", projects.join(",")]);
  expect(started, started.stderr).toMatchObject({ code: 0 });
  return stack;
}

test("compare puts health, tests, answers and bundles of two projects side by side", async () => {
  const stack = await running("http://127.0.0.1:1", "Main", "feature-1");
  const tested = await stack.envctl(["test", "--service", "feature-1/backend", "--json"]);
  expect(tested.at("projects")).toMatchObject([{ project: "feature-1", result: { junit_path: expect.stringContaining(`/runs/${stack.state().runId}/test-results/run_`) } }]);
  const unclear = await stack.envctl(["review", "--service", "backend"], { cwd: stack.repo.worktree("feature-2") });
  expect([unclear.code, unclear.stderr]).toEqual([1, expect.stringMatching(/"backend" runs in 2 projects[^]*Main\/backend, feature-1\/backend/)]);
  const outcome = await stack.envctl(["compare", "Main", "feature-1", "--path", "/items", "--json"]);
  expect([outcome.code, schemaProblems("compare", outcome.json())]).toEqual([0, []]);
  expect(outcome.json()).toMatchObject({
    projects: ["Main", "feature-1"], health: [{ unit: "backend", statuses: ["running", "running"] }, { unit: "frontend", statuses: ["running", "running"] }],
    tests: [null, { ok: true, counts: { passed: 1 }, stale: null }], bundles: [{ directory: "dist", sizes: [{ bytes: 2000 }, { bytes: 2000 }] }],
    responses: [{ service: "backend", path: "/items", same: true, answers: [{ status: 200 }, { status: 200 }] }],
  });
  const words = await stack.envctl(["compare", "Main", "feature-1", "--path", "frontend:/"]);
  expect(words.stdout).toMatch(/Main +feature-1\n[^]*tests +never run +1 passed, 0 failed +differs\nfrontend \/ /);
  const stopped = await stack.envctl(["compare", "Main", "feature-2", "--path", "/items", "--json"]);
  expect([stopped.code, stopped.at("error.reason"), stopped.at("error.message")]).toEqual([1, "requested_project_not_running", "feature-2 is not running; active projects: Main, feature-1"]);
  for (const [args, words] of [
    [["Main"], /takes two projects, and 1 was given/], [["Main", "main"], /both sides are Main/], [["Main", "feature-*"], /"feature-\*" means 2 projects/], [["Main", "feature-1", "--path", "items"], /--path needs a path/],
  ] as const) expect((await stack.envctl(["compare", ...args])).stderr).toMatch(words);
});

test("exec --browser tells the program where the project's pages are, and refuses one that does not run", async () => {
  const stack = await running("http://127.0.0.1:1", "feature-1");
  const script = 'console.log(JSON.stringify([process.env.QA_BASE_URL, process.env.BASE_URL, process.env.ENVCTL_PROJECT_NAME, process.env.ENVCTL_RUN_ID, JSON.parse(process.env.ENVCTL_ENDPOINTS_JSON).backend.port, process.cwd()])); process.exitCode = 5';
  const outcome = await stack.envctl(["exec", "--project", "feature-*", "--browser", "--", process.execPath, "-e", script]);
  expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringMatching(/feature-2 is not running; active projects: feature-1/)]);
  const found = await stack.envctl(["exec", "--project", "*-1", "--browser", "--", process.execPath, "-e", script]);
  const url = `http://localhost:${stack.port + 21}`;
  expect([found.code, found.jsonLines()]).toEqual([5, [[url, url, "feature-1", stack.state().runId, stack.port + 20, stack.repo.worktree("feature-1")]]]);
  const page = await stack.envctl(["exec", "backend", "--project", "feature-1", "--browser", "--", process.execPath, "-p", "process.env.BASE_URL"]);
  expect(page.stdout).toBe(`http://localhost:${stack.port + 20}\n`);
  const main = await stack.envctl(["exec", "--browser", "--json", "--", "true"]);
  expect([main.code, main.at("error.reason")]).toEqual([1, "requested_project_not_running"]);
  expect((await stack.envctl(["exec", "--", "true"])).stderr).toMatch(/exec needs the unit/);
});

test("qa-user ensure makes the user once, in the project's own Supabase, and says clearly what is missing", async () => {
  const auth = await authServer();
  const stack = await running(auth.url, "Main");
  const ensure = (...args: readonly string[]) => stack.envctl(["qa-user", "ensure", "--email", "qa@example.com", "--json", ...args], { env: { SUPABASE_URL: "http://somebody.elses" } });
  expect((await ensure()).at("projects.0.failures.0.message")).toBe("qa@example.com is to be made, and no password was given");
  const made = await ensure("--password", "secret", "--metadata-json", '{"locale":"en"}');
  expect([made.code, schemaProblems("qa-user", made.json()), made.at("projects.0.result")]).toEqual([0, [], { outcome: "created", user_id: "new-id", email: "qa@example.com", url: auth.url }]);
  expect(auth.asked.at(-1)).toBe('POST /auth/v1/admin/users {"email":"qa@example.com","email_confirm":true,"password":"secret","user_metadata":{"locale":"en"}}');
  expect((await ensure()).at("projects.0.result.outcome")).toBe("unchanged");
  expect((await ensure("--app-metadata-json", '{"role":"admin"}')).at("projects.0.result.outcome")).toBe("updated");
  expect(auth.asked.at(-1)).toBe('PUT /auth/v1/admin/users/new-id {"app_metadata":{"role":"admin"}}');
  for (const [args, words] of [
    [["--metadata-json", "[1]"], /--metadata-json needs a JSON object, not "\[1\]"/], [["--email", "nobody"], /"nobody" is not an address/], [["--project", "feature-1"], /feature-1 is not running; active projects: Main/],
  ] as const) expect(String((await ensure(...args)).at("error.message"))).toMatch(words);
  stack.configure({ services: { backend: { command: puppet(), env: { SUPABASE_URL: auth.url, SUPABASE_SERVICE_KEY: "old" } } } });
  await stack.envctl(["reload"]);
  expect((await ensure()).at("projects.0.failures.0")).toMatchObject({ reason: "credentials_refused", message: "Supabase refused to list users: 401 invalid JWT" });
  stack.configure({ services: { backend: { command: puppet() } } });
  await stack.envctl(["reload"]);
  expect((await ensure()).at("projects.0.failures.0.message")).toBe("no service of Main is given SUPABASE_URL and a service key");
});

test("migrate finds the tool of a service, runs it with the service's variables, and quotes it when it fails", async () => {
  const python = "#!/bin/sh\necho \"$* for $SUPABASE_SERVICE_ROLE_KEY\" >> migrated\n[ ! -f broken ] || { echo 'revision 7 is missing'; exit 1; }\n";
  const stack = await scene(shop("http://127.0.0.1:1"), { files: { "alembic.ini": "", ".venv/bin/python": python } });
  chmodSync(join(stack.repo.root, ".venv/bin/python"), 0o755);
  expect((await stack.envctl(["migrate", "--json"])).at("error.reason")).toBe("requested_project_not_running");
  await stack.envctl(["start"]);
  const outcome = await stack.envctl(["migrate", "--json"]);
  expect([outcome.code, schemaProblems("migrate", outcome.json()), outcome.at("projects.0.result.steps")]).toEqual([0, [], [{ of: "backend", command: [".venv/bin/python", "-m", "alembic", "upgrade", "head"], directory: stack.repo.root }]]);
  expect(readFileSync(join(stack.repo.root, "migrated"), "utf8")).toBe("-m alembic upgrade head for service-key\n");
  stack.repo.write("broken", "");
  const failed = await stack.envctl(["migrate"]);
  expect([failed.code, failed.stdout]).toEqual([1, expect.stringMatching(/the migration of backend failed \(ended with exit code 1\)[^]*revision 7 is missing/)]);
  rmSync(join(stack.repo.root, "alembic.ini"));
  expect((await stack.envctl(["migrate"])).stdout).toContain("nothing says how the databases of Main are brought up to date");
});

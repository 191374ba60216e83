/** Plug-ins in a repository: the three examples as they are, the rows they add, and what a hostile or broken one may do, which is nothing. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { packageRoot } from "../rig/source-files.ts";
import { openTerminal } from "../rig/terminal.ts";
import { eventually } from "../rig/wait.ts";
import { reportOf, scene, streamedEvents, type Configuration, type Scene } from "./scene.ts";

const examples = join(packageRoot, "examples", "plugins");

/** Files below a directory or file of the examples, as they would lie at `to`. */
function copied(from: string, to: string): Readonly<Record<string, string>> {
  const path = join(examples, from);
  if (!statSync(path).isDirectory()) return { [to]: readFileSync(path, "utf8") };
  return Object.assign({}, ...readdirSync(path).map((name) => copied(`${from}/${name}`, `${to}/${name}`)));
}

/** The first one of the guide, as it is printed there. */
function ofGuide(): string {
  const [, text = ""] = /```js\n(\/\/ \.envctl\.d\/plugins\/hello\.mjs[^]*?)```/.exec(readFileSync(join(packageRoot, "docs/guides/plug-ins.md"), "utf8")) ?? [];
  return text;
}

/** Over HTTP, by its test, and from a shell. */
async function programmed(stack: Scene): Promise<void> {
  const fake = urlOf(stack, "Main/payments");
  await ask(`${fake}/_fake/answers`, { method: "PUT", body: JSON.stringify([{ status: 402, body: { error: "card declined" } }]) });
  const charges = [await ask(`${fake}/charges`, { method: "POST", body: '{"amount":5}' }), await ask(`${fake}/charges`, { method: "POST", body: '{"amount":6}' })];
  expect(charges).toEqual([{ error: "card declined" }, { status: "paid" }]);
  expect(await ask(`${fake}/_fake/calls`)).toMatchObject([{ method: "POST", path: "/charges", body: { amount: 5 } }, { body: { amount: 6 } }]);
  const tested = await stack.envctl(["exec", "api", "--", "node", "--test", "--test-reporter=tap", "tests/payments.test.mjs"]);
  expect([tested.code, tested.stdout], tested.stdout).toEqual([0, expect.stringMatching(/# pass 2\n# fail 0/)]);
  const handle = String((await stack.envctl(["svc", "new", "payments", fake])).stdout).trim();
  expect(JSON.parse((await stack.envctl(["svc", "call", `${handle}.calls`])).stdout)).toHaveLength(6);
  expect((await stack.envctl(["svc", "new", "payments"])).stderr).toContain('get("payments", process.env.PAYMENTS_URL)');
}

/** As `npm install envctl` does. */
function installEnvctl({ repo }: Scene): void {
  mkdirSync(join(repo.root, "node_modules"), { recursive: true });
  symlinkSync(packageRoot, join(repo.root, "node_modules/envctl"));
}

test("the fake of the guide is programmed by the test of the example", () => {
  const [, shown = "none"] = /```js\n[^`]*?(test\("a declined card[^]*?)```/.exec(readFileSync(join(packageRoot, "docs/guides/plug-ins.md"), "utf8")) ?? [];
  expect(readFileSync(join(examples, "tests/payments.test.mjs"), "utf8")).toContain(shown);
});

/** Leaves a file behind when it is loaded; what it says comes after. */
const marking = (mark: string, rest: string): string => `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(mark)}, ""); ${rest}`;

const idle = "console.log(JSON.stringify(process.env)); setInterval(() => undefined, 1000);\n";
const urlOf = (stack: Scene, unit: string): string => stack.state().units[unit]?.spec.url ?? "";
const ask = async (url: string, init: RequestInit = {}): Promise<unknown> => (await fetch(url, { ...init, headers: { connection: "close" } })).json();

test("the examples: a requirement, a programmable fake and checks run once they are trusted, as rows beside the built-in ones", async () => {
  const files = { "api.mjs": idle, ".envctl.d/plugins/hello.mjs": ofGuide(), ...copied("envctl-plugin-object-store", "node_modules/envctl-plugin-object-store"), ...copied("payments", "tools/payments"), ...copied("tests", "tests"), ...copied("house-rules.mjs", ".envctl.d/plugins/house-rules.mjs") };
  const configuration = (port: number): Configuration => ({
    version: 1,
    plugins: ["tools/payments"],
    services: { api: { command: "node api.mjs", port, ready: { none: true }, requires: ["objects"], depends_on: ["payments"] } },
    requirements: { "object-store": { port: port + 1 }, payments: { port: port + 2 } },
  });
  const stack = await scene(configuration, { files });
  installEnvctl(stack);
  const listed = await stack.envctl(["plugins", "--json"]);
  expect(listed.at("plugins")).toMatchObject([
    { name: "payments", source: "configuration", path: "tools/payments", version: null, state: "untrusted" },
    { name: "hello", source: "folder" },
    { name: "house-rules", source: "folder", path: ".envctl.d/plugins/house-rules.mjs", state: "untrusted" },
    { name: "object-store", source: "package", path: "node_modules/envctl-plugin-object-store", version: "1.0.0", state: "untrusted" },
  ]);
  expect((await stack.envctl(["branches"])).stderr).toContain("Plug-ins that nobody has allowed might have it: payments, hello, house-rules, object-store");
  expect((await stack.envctl(["trust"])).stdout).toContain("the code of 4 plug-ins");
  const checked = await stack.envctl(["plugins", "check", "--json"]);
  expect([checked.code, checked.at("plugins.0.adds.requirements"), checked.at("plugins.2.adds"), checked.at("plugins.3.state")]).toEqual([0, ["payments"], expect.objectContaining({ checks: ["house-node", "house-ready"], commands: ["branches"] }), "ready"]);

  const started = await stack.envctl(["start", "--json"]);
  expect([started.code, reportOf(started).failures]).toEqual([0, []]);
  expect((await stack.envctl(["env", "api", "--json"])).at("env")).toMatchObject({ OBJECT_STORE_URL: urlOf(stack, "Main/object-store"), PAYMENTS_URL: urlOf(stack, "Main/payments") });
  const store = urlOf(stack, "Main/object-store");
  expect((await fetch(`${store}/a%20letter`, { method: "PUT", body: "Dear Ada", headers: { connection: "close" } })).status).toBe(204);
  expect(await ask(store)).toEqual(["a letter"]);
  await programmed(stack);
  expect((await stack.envctl(["branches", "--json"])).json()).toEqual([{ name: "Main", branch: "main", root: stack.repo.root }]);
  expect((await stack.envctl(["branches", "--help"])).stdout).toContain("Which branch is where. (plug-in house-rules)");
  const terminal = openTerminal(onTestFinished, ["dashboard"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/object-store[\s\S]*q quit/);
  terminal.press(":branches");
  await terminal.shows(/╭─ Commands[\s\S]*branches[\s\S]*\(plug-in house-rules\)/);
  terminal.press("\u001b");
  await terminal.shows(/Units[^╭]*$/);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  expect((await stack.envctl(["hello"])).stdout).toBe("hello Main\n");
  expect((await stack.envctl(["completion", "bash"])).stdout).toContain("branches");
  expect((await stack.envctl(["list-commands"])).stdout).toContain("branches");
  const findings = await stack.envctl(["doctor", "--json", "--only", "house-node,house-ready,plugins"]);
  expect([findings.code, findings.at("findings")]).toMatchObject([0, [{ id: "plugins", status: "pass", detail: "4 plug-ins: payments, hello, house-rules, object-store" }, { id: "house-node", detail: "no .nvmrc" }, { id: "house-ready", status: "pass" }]]);
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
}, 180_000);

test("D5 D9 before trust nothing of a repository's plug-ins runs, whatever is called, and a worktree's never do; changed content asks again", async () => {
  const stack = await scene(() => ({ version: 1, services: { api: { command: "node api.mjs" } } }), { worktrees: ["feature"], files: { "api.mjs": idle, "node_modules/envctl-plugin-evil/package.json": "{}" } });
  const mark = join(stack.directory, "it-ran");
  const evil = marking(mark, 'export const plugin = { commands: [{ name: "evil", about: "Evil.", run: () => "done" }], checks: [{ id: "evil", title: "Evil", run: () => [] }], detectors: [{ id: "evil", files: ["api.mjs"], detect: () => [] }] }; export const requirement = {};');
  const places = ["node_modules/envctl-plugin-evil/index.js", ".envctl.d/plugins/evil-file.mjs", ".envctl.d/plugins/evil-folder/index.mjs", ".envctl.d/requirements/redis.mjs", "tools/evil-path.mjs"];
  stack.repo.write("node_modules/envctl-plugin-evil/package.json", '{ "type": "module", "scripts": { "postinstall": "node index.js" } }');
  for (const path of places) stack.repo.write(path, evil);
  const worktree = stack.repo.worktree("feature");
  for (const path of places.slice(1)) stack.repo.write(`trees/feature/${path}`, evil);
  stack.repo.write("trees/feature/.envctl", JSON.stringify({ version: 1, plugins: ["tools/evil-path.mjs"], services: { api: { command: "node api.mjs" } } }));
  stack.configure({ version: 1, plugins: ["tools/evil-path.mjs"], services: { api: { command: "node api.mjs" } } });
  // A variable of the user does not make the repository's code the user's own.
  const env = { ENVCTL_EXTERNAL_PLUGINS_PATH: `${join(worktree, ".envctl.d/plugins")}:${join(stack.repo.root, ".envctl.d/plugins")}`, ENVCTL_EXTERNAL_REQUIREMENTS_PATH: join(worktree, ".envctl.d/requirements") };
  const fromWorktree = [["evil"], ["doctor"], ["start", "--json"], ["stop-all", "--json"]];
  for (const call of [["plugins", "check"], ["help", "evil"], ["completion", "bash"], ["config", "--detect"], ["trust", "--dry-run"], ...fromWorktree]) await stack.envctl(call, { env });
  for (const call of fromWorktree) await stack.envctl(call, { cwd: worktree, env });
  expect(existsSync(mark)).toBe(false);

  await stack.envctl(["trust"]);
  for (const call of [["--version"], ["status"], ["start", "--json"], ["stop", "--json"], ["doctor", "--only", "node"]]) await stack.envctl(call);
  expect(existsSync(mark)).toBe(false);
  stack.repo.write(".envctl.d/plugins/evil-folder/part.mjs", "export const changed = 1;\n");
  const states = (await stack.envctl(["plugins", "--json"])).at("plugins") as readonly { readonly name: string; readonly state: string }[];
  expect(Object.fromEntries(states.map(({ name, state }) => [name, state]))).toEqual({ "evil-path": "found", "evil-file": "found", "evil-folder": "untrusted", evil: "found" });
  expect((await stack.envctl(["evil"])).stdout).toContain("done");
  expect(existsSync(mark)).toBe(true);
  // Somebody else's `envctl/plugin` is not what an import leads to, so what is allowed stays allowed, and that code never runs.
  stack.repo.write(".envctl.d/plugins/fair.mjs", 'import { definePlugin } from "envctl/plugin"; export const plugin = definePlugin({ commands: [{ name: "fair", about: "Fair.", run: () => "fair" }] });');
  await stack.envctl(["trust"]);
  const planted = join(stack.directory, "planted");
  stack.repo.write("node_modules/envctl/package.json", '{ "type": "module", "exports": { "./plugin": "./plugin.js" } }');
  stack.repo.write("node_modules/envctl/plugin.js", marking(planted, "export const definePlugin = (plugin) => plugin;"));
  expect([(await stack.envctl(["fair"])).stdout, existsSync(planted)]).toEqual(['"fair"\n', false]);
  await stack.envctl(["trust", "--remove"]);
  expect((await stack.envctl(["evil"])).code).toBe(1);
}, 180_000);

test("D5 a broken plug-in is listed with its error and harms nothing; one of the user's own needs no leave and stands before a built-in one, with a notice", async () => {
  const files = {
    "api.mjs": idle,
    ".envctl.d/plugins/bomb.mjs": 'setTimeout(() => { throw new Error("much later"); }); void Promise.reject(new Error("nobody cares")); export const plugin = {};',
    ".envctl.d/plugins/broken.mjs": 'throw new Error("not today");',
    ".envctl.d/plugins/rude.mjs": 'export const plugin = { commands: [{ name: "fail", about: "Fails.", run: () => { throw new TypeError("no luck"); } }, { name: "mute", about: "Says a text.", run: () => 1, text: () => "no list" }, { name: "count", about: "Ends oddly.", run: () => 10n ** 20n, exit: () => "many", text: () => [] }, { name: "wait", about: "Waits for Ctrl-C alone.", run: ({ signal, note }) => new Promise((over) => { signal.addEventListener("abort", () => over("over")); note("waiting"); }) }, { name: "stop", about: "Never called.", run: () => "mine" }], checks: [{ id: "odd", title: "Odd", run: () => "fine" }], detectors: [{ id: "odd", files: ["api.mjs"], detect: () => { throw new Error("cannot look"); } }, { id: "loose", files: ["api.mjs"], detect: () => [{ role: "backend", dir: ".", command: "node api.mjs", reason: "api.mjs", file: "api.mjs", env: "none" }] }] };',
  };
  const stack = await scene((port) => ({ version: 1, services: { api: { command: "node api.mjs", executor: "own/marked", depends_on: ["redis"] } }, requirements: { redis: { port } } }), { files });
  const outside = join(stack.directory, "mine");
  const requirement = '{ apiVersion: 1, id: "redis", title: "My Redis", provides: ["cache"], ports: { main: 6379 }, engines: { embedded: { draft: ({ runtime, ports }) => (setTimeout(() => { throw new Error("in a draft"); }), { command: [runtime.program, "-e", `require("node:net").createServer().listen(${ports.main}, "127.0.0.1")`] }) } } }';
  const repository = stack.repository({ name: "mine", parent: stack.directory });
  repository.write("plugins/own.mjs", `import { definePlugin } from "envctl/plugin"; export const plugin = definePlugin({ requirements: [${requirement}], executors: { marked: { command: ({ command, unitId }) => ["env", "RAN_BY=" + unitId, ...command] } } });`);
  repository.write("plugins/letters/index.mjs", 'import { fileURLToPath } from "node:url"; const at = (path) => fileURLToPath(new URL(path, import.meta.url)); export const plugin = { services: [{ name: "mailbox", type: "fake", module: at("mailbox.mjs") }, { name: "astray", module: at("../own.mjs") }] };');
  repository.write("plugins/letters/mailbox.mjs", 'export class Mailbox { static methods = ["last"]; last(count) { return `${count} letters`; } }');
  const env = { ENVCTL_EXTERNAL_PLUGINS_PATH: join(outside, "plugins") };
  await stack.envctl(["trust"]);
  const checked = await stack.envctl(["plugins", "check", "--json"], { env });
  expect([checked.code, checked.at("plugins")]).toMatchObject([1, [
    { name: "letters", adds: { services: ["mailbox", "astray"] } },
    { name: "own", source: "environment", path: join(outside, "plugins/own.mjs"), state: "ready", notices: ["its requirement redis stands in for envctl's own"] },
    { name: "bomb" },
    { name: "broken", state: "broken", error: "it cannot be loaded: not today" },
    { name: "rude", state: "ready", notices: ["its command stop is never called: envctl has one of that name"] },
  ]]);
  const failed = await stack.envctl(["fail"], { env });
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/the plug-in \.envctl\.d\/plugins\/rude\.mjs failed: no luck\n.*TypeError: no luck\n.*at /s)]);
  expect((await stack.envctl(["mute"], { env })).stderr).toContain("the plug-in .envctl.d/plugins/rude.mjs failed: its text must return a list of lines");
  expect(await stack.envctl(["count"], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining("rude.mjs failed: its exit must be a whole number from 0 to 255") as string });
  expect((await stack.envctl(["count", "--json"], { env })).at("error")).toMatchObject({ reason: "adapter_invalid", message: expect.stringContaining("rude.mjs failed: Do not know how to serialize a BigInt") as string });
  const waiting = stack.start(["wait"], { env });
  await waiting.seen(/waiting/);
  waiting.signal("SIGINT");
  expect((await waiting.ended).stdout).toBe('"over"\n');
  expect((await stack.envctl(["config", "--detect", "--json"], { env })).at("notes")).toEqual(expect.arrayContaining(["the detector rude/odd failed in .: cannot look", "the detector rude/loose failed in .: env of a service must be an object of texts"]));
  const findings = await stack.envctl(["doctor", "--json", "--only", "plugins,odd,git"], { env });
  expect(findings.at("findings")).toEqual(expect.arrayContaining([["git", ""], ["plugins", "not today"], ["odd", "must return a list"]].map(([id, detail]) => expect.objectContaining({ id, detail: expect.stringContaining(detail ?? "") }))));

  const started = await stack.envctl(["start", "--json"], { env });
  expect([started.code, reportOf(started).notes]).toEqual([0, ["Main/redis: My Redis, of a plug-in or a file of its own, stands in for envctl's own redis"]]);
  await eventually(async () => (await stack.envctl(["logs", "--service", "api", "--tail", "all"])).stdout.includes('"RAN_BY":"Main/api"'), "the variable of the executor");
  const plaints = [...streamedEvents(started), ...stack.events()].flatMap((event) => (event.type === "warning" && event.code === "plugin_failed" ? [event.message] : []));
  for (const text of ["much later", "nobody cares"]) expect(plaints).toContain(`.envctl.d/plugins/bomb.mjs threw where nobody caught it: ${text}`);
  expect(plaints).toContain(`${join(outside, "plugins/own.mjs")} threw where nobody caught it: in a draft`);
  expect((await stack.envctl(["svc", "list", "--json"], { env })).json()).toMatchObject([{ name: "mailbox", origin: "plug-in", type: "fake", trusted: true }, { name: "astray", trusted: false, problem: expect.stringContaining("lies outside of the plug-in") }]);
  expect((await stack.envctl(["svc", "call", "mailbox.last", "3"], { env })).stdout).toContain("3 letters");
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
  expect((await stack.envctl(["plugins", "--only", "nope"])).code).toBe(2);
}, 180_000);

/** Ways of a command to fail, besides throwing. */
const lateWays = {
  timer: 'new Promise(() => setTimeout(() => { throw new TypeError("too late"); }, 5))',
  rejection: '(void Promise.reject(new TypeError("too late")), "done")',
  tick: '(process.nextTick(() => { throw new TypeError("too late"); }), "done")',
} as const;

test("what a command throws where nobody catches it ends it, with its stack and without a line of envctl's own code", async () => {
  const commands = Object.entries(lateWays).map(([name, way]) => `{ name: "${name}", about: "Fails late.", run: () => ${way} }`);
  const stack = await scene(() => ({}), { files: { ".envctl.d/plugins/torn.mjs": "export const plugin = {", ".envctl.d/plugins/late.mjs": `export const plugin = { commands: [${commands.join(", ")}, { name: "leave", about: "Leaves.", run: () => process.exit(7) }, { name: "heard", about: "Says what it heard.", flags: [{ name: "loud", about: "Loud." }], run: ({ flags }) => flags }] };` } });
  await stack.envctl(["trust"]);
  for (const name of Object.keys(lateWays)) {
    const { code, stdout, stderr } = await stack.envctl([name]);
    expect([name, code, stdout]).toEqual([name, 1, ""]);
    expect(stderr).toMatch(/^the plug-in \.envctl\.d\/plugins\/late\.mjs failed: too late\n {2}\| TypeError: too late\n {2}\| +at .*plugins\/late\.mjs/);
    expect(stderr).not.toMatch(/dist\/|Node\.js v/);
  }
  expect((await stack.envctl(["plugins", "check", "--only", "torn"])).stdout).toMatch(/torn: it cannot be loaded: Unexpected end of input \(`node --check .*plugins\/torn\.mjs` shows where\)/);
  expect((await stack.envctl(["heard", "--loud", "--json"])).json(), "its own flags alone").toEqual({ loud: true });
  expect(await stack.envctl(["leave"])).toMatchObject({ code: 1, stderr: expect.stringContaining("it called process.exit(7), which would have ended envctl") });
});

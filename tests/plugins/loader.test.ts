import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAttribution } from "../../src/host/attribution.ts";
import { systemClock } from "../../src/host/clock.ts";
import { createTrust, type Trust } from "../../src/host/trust.ts";
import { createPlugins, type PluginsPlace } from "../../src/plugins/loader.ts";
import type { Plugins } from "../../src/plugins/plugins.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Place {
  readonly root: string;
  readonly write: (path: string, content: string) => void;
  readonly plugins: (place?: Partial<PluginsPlace>) => Plugins;
  readonly trust: Trust;
  /** Allows everything as it is now. */
  readonly allow: () => Promise<void>;
}

function place(files: Readonly<Record<string, string>>): Place {
  const root = temporaryDirectory(onTestFinished, "loader");
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  const trust = createTrust(join(root, "state"), root, false);
  const plugins: Place["plugins"] = (parts = {}) => createPlugins({ repository: root, environment: {}, version: "1.2.3", trust, clock: systemClock, attribution: createAttribution(), onTrouble: () => undefined, configured: async () => [], ...parts });
  const allow = async (): Promise<void> => trust.allow((await plugins().list()).map(({ file }) => ({ path: file.path, contentHash: file.contentHash })));
  return { root, write, plugins, trust, allow };
}

const folder = ".envctl.d/plugins";
const states = async (entries: ReturnType<Plugins["load"]>): Promise<unknown> => (await entries).map(({ name, state }) => `${name} ${state}`);

/** Leaves a mark when it is loaded, and says which edition it is. */
const marking = (mark: string, edition: string): string => `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(mark)}, "x"); export const plugin = { version: ${JSON.stringify(edition)}, commands: [{ name: "hello", about: "Hello.", run: () => ${JSON.stringify(edition)} }] };`;
const marks = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

test("D9 nothing of a plug-in runs before somebody asks what it adds, and then it is loaded once", async () => {
  const { root, write, plugins, allow } = place({});
  const mark = join(root, "mark");
  write(`${folder}/tools.mjs`, marking(mark, "1"));
  await allow();
  const all = plugins();
  expect([await states(all.list()), marks(mark)]).toEqual([["tools found"], ""]);
  for (let times = 0; times < 10; times += 1) expect((await all.commands()).map(({ name }) => name)).toEqual(["hello"]);
  expect([await states(all.load()), marks(mark)]).toEqual([["tools ready"], "x"]);
});

test("D9 an edited one of the repository waits for trust, and is loaded anew with it; one of the user's only with ENVCTL_DEBUG_RELOAD", async () => {
  const { root, write, plugins, allow } = place({});
  const mark = join(root, "mark");
  const outside = temporaryDirectory(onTestFinished, "outside");
  const environment = { ENVCTL_EXTERNAL_PLUGINS_PATH: outside };
  const edit = (edition: string): void => {
    write(`${folder}/own.mjs`, marking(mark, edition));
    writeFileSync(join(outside, "user.mjs"), marking(mark, edition));
  };
  const versions = async (all: Plugins): Promise<unknown> => Object.fromEntries((await all.load()).map(({ name, version, state }) => [name, version ?? state]));
  edit("1");
  await allow();
  const [usual, reloading] = [plugins({ environment }), plugins({ environment: { ...environment, ENVCTL_DEBUG_RELOAD: "1" } })];
  expect([await versions(usual), await versions(reloading)]).toEqual([{ user: "1", own: "1" }, { user: "1", own: "1" }]);
  edit("2");
  expect([await versions(usual), await versions(reloading)]).toEqual([{ user: "1", own: "untrusted" }, { user: "2", own: "untrusted" }]);
  await allow();
  expect([await versions(usual), await versions(reloading)]).toEqual([{ user: "1", own: "2" }, { user: "2", own: "2" }]);
});

test("one that cannot be used harms nothing: every other one is loaded", async () => {
  const { plugins, allow } = place({
    [`${folder}/good.mjs`]: "export const plugin = { checks: [] };",
    [`${folder}/torn.mjs`]: "export const plugin = {",
    [`${folder}/throwing.mjs`]: 'throw new Error("not today");',
    [`${folder}/silent.mjs`]: "export const nothing = 1;",
    [`${folder}/waiting.mjs`]: "await new Promise(() => undefined); export const plugin = {};",
    "node_modules/envctl-plugin-good/index.mjs": 'throw new Error("never loaded");',
  });
  await allow();
  const isWaiting = (name: string): boolean => name === "waiting";
  const late = await plugins({ clock: { ...systemClock, sleep: async () => undefined } }).load(isWaiting);
  const entries = [...(await plugins().load((name) => !isWaiting(name))).filter(({ name }) => !isWaiting(name)), ...late.filter(({ name }) => isWaiting(name))];
  expect(Object.fromEntries(entries.map(({ path, state, error }) => [path.split("/").at(-1), [state, error]]))).toEqual({
    "good.mjs": ["ready", undefined],
    "torn.mjs": ["broken", expect.stringContaining("it cannot be loaded")],
    "throwing.mjs": ["broken", "it cannot be loaded: not today"],
    "silent.mjs": ["broken", "it exports no object `plugin`: write `export const plugin = definePlugin({ … })`"],
    "waiting.mjs": ["broken", "it was not loaded within 5 s: something it awaits does not come"],
    "envctl-plugin-good": ["shadowed", ".envctl.d/plugins/good.mjs has the same name and stands before it"],
  });
});

test("D5 ENVCTL_PLUGINS_ONLY and ENVCTL_PLUGINS_NO_INIT leave plug-ins out", async () => {
  const plugin = "export const plugin = {};";
  const { plugins, allow } = place({ [`${folder}/a.mjs`]: plugin, [`${folder}/b.mjs`]: plugin, [`${folder}/c.mjs`]: plugin });
  await allow();
  expect(await states(plugins({ environment: { ENVCTL_PLUGINS_ONLY: "a, b" } }).load())).toEqual(["a ready", "b ready", "c off"]);
  expect(await states(plugins({ environment: { ENVCTL_PLUGINS_NO_INIT: "b" } }).load())).toEqual(["a ready", "b off", "c ready"]);
  expect(await states(plugins().load((name) => name === "c"))).toEqual(["a found", "b found", "c ready"]);
});

test("an executor that is not there, or not allowed, is told with what to do", async () => {
  const { plugins, allow } = place({ [`${folder}/tools.mjs`]: "export const plugin = { executors: { shell: { command: () => [] } } };" });
  await expect(plugins().executor("tools/shell")).rejects.toThrow(/nobody has allowed it/);
  await allow();
  expect(await plugins().executor("tools/shell")).toBeDefined();
  await expect(plugins().executor("tools/constructor")).rejects.toThrow('.envctl.d/plugins/tools.mjs has no executor "constructor"');
  await expect(plugins().executor("nix/shell")).rejects.toThrow('no plug-in "nix" is there for the executor nix/shell');
});

test("one that would end the process is broken, says so, and keeps nobody else from their work", async () => {
  const { plugins, allow } = place({
    [`${folder}/leaver.mjs`]: "process.exit(7);",
    [`${folder}/tools.mjs`]: 'export const plugin = { commands: [{ name: "hello", about: "Hello.", run: () => "hello" }] };',
  });
  await allow();
  const entries = await plugins().load();
  expect(await states(Promise.resolve(entries))).toEqual(["leaver broken", "tools ready"]);
  expect(entries[0]).toMatchObject({ error: "it cannot be loaded: it called process.exit(7), which would have ended envctl" });
});

test("one in TypeScript is loaded where Node.js reads that, and told as what it is where not; declarations, and what was compiled, are none", async () => {
  const { plugins, allow, write } = place({
    [`${folder}/typed.ts`]: 'import { about } from "./typed/about.ts"; export const plugin: { readonly about: string } = { about };',
    [`${folder}/typed/about.ts`]: 'export const about: string = "Typed.";',
    [`${folder}/typed.d.ts`]: "export declare const plugin: object;",
    [`${folder}/built.mts`]: "export const plugin: object = {};",
    [`${folder}/built.mjs`]: "export const plugin = {};",
  });
  await allow();
  const reads = Boolean(Reflect.get(process.features, "typescript"));
  expect(await states(plugins().load())).toEqual(["built ready", `typed ${reads ? "ready" : "broken"}`]);
  const [, typed] = await plugins().list();
  if (!reads) expect(typed?.error).toBe(`Node.js ${process.versions.node} cannot load TypeScript: compile typed.ts to JavaScript, or run envctl with Node.js 22.18 or later`);
  const before = typed?.file.contentHash;
  write(`${folder}/typed/about.ts`, 'export const about: string = "Changed.";');
  expect((await plugins().list())[1]?.file.contentHash).not.toBe(before);
});

/** Modules that are not what they seem → what is said of them. */
const hostile = {
  "export const plugin = new Proxy({}, { ownKeys() { throw new Error('a trap'); } });": "it cannot be loaded: a trap",
  "let read = 0; export const plugin = { get commands() { read += 1; if (read > 1) throw new Error('read twice'); return [{ name: 'once', about: 'Once.', run: () => 1 }]; } };": undefined,
  "export const plugin = { commands: [{ get name() { return String(Math.random()); }, about: 'Changes.', run: () => 1 }] };": "`plugin.commands[0]` must hold values, no getters, and be no Proxy",
  "export const plugin = { checks: [new Proxy({}, { get: () => 'anything' })] };": "`plugin.checks[0]` must hold values, no getters, and be no Proxy",
  "const error = new Error(); Object.defineProperty(error, 'message', { get() { throw 1; } }); throw error;": "it cannot be loaded: something that says nothing of itself",
  "throw Object.create(null);": "it cannot be loaded: something that says nothing of itself",
  "throw null;": "it cannot be loaded: null",
  "Object.prototype.polluted = 1; export const plugin = {};": "it cannot be loaded: Cannot add property polluted, object is not extensible",
} as const;

test("what is not what it seems is told as the plug-in's, harms no other one, and leaves nothing behind", async () => {
  const files = Object.keys(hostile).map((source, index) => [`${folder}/p${index}.mjs`, source] as const);
  const { plugins, allow, write, root } = place({ ...Object.fromEntries(files), [`${folder}/large.mjs`]: `export const plugin = { checks: [] };\n//${"x".repeat(5_000_000)}` });
  write("aside.mjs", "export const plugin = { checks: [] };");
  symlinkSync(join(root, "aside.mjs"), join(root, folder, "linked.mjs"));
  await allow();
  const all = plugins();
  const told = Object.fromEntries((await all.load()).map(({ name, error }) => [name, error]));
  expect(told).toEqual({ ...Object.fromEntries(Object.values(hostile).map((error, index) => [`p${index}`, error])), large: undefined, linked: undefined });
  expect((await all.commands()).map(({ name }) => name)).toEqual(["once"]);
  expect("polluted" in {}).toBe(false);
  write("aside.mjs", "export const plugin = {};");
  expect((await all.list()).find(({ name }) => name === "linked")?.state, "what a link leads to is part of it").toBe("untrusted");
});

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { pluginFiles, type PluginFile, type PluginPlaces } from "../../src/host/plugin-files.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Place {
  readonly root: string;
  readonly write: (path: string, content: string) => void;
  readonly found: (places?: Partial<PluginPlaces>) => readonly PluginFile[];
}

function place(files: Readonly<Record<string, string>>): Place {
  const root = temporaryDirectory(onTestFinished, "plugins");
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries({ "repo/.git": "", ...files })) write(path, content);
  return { root, write, found: (places = {}) => pluginFiles({ repository: join(root, "repo"), environment: {}, configured: [], version: "1.2.3", ...places }) };
}

const told = (files: readonly PluginFile[]): unknown => files.map(({ name, source, path, needsTrust, problem }) => [name, source, path, needsTrust, ...(problem === undefined ? [] : [problem])]);

test("they are found by name in four places, and what has another name is nobody's", () => {
  const { root, found } = place({
    "repo/node_modules/envctl-plugin-kafka/index.js": "", "repo/node_modules/@team/envctl-plugin-vpn/index.mjs": "", "repo/node_modules/kafka/index.js": "",
    "repo/.envctl.d/plugins/tools.mjs": "", "repo/.envctl.d/plugins/tools/part.mjs": "", "repo/.envctl.d/plugins/deep/index.mjs": "", "repo/.envctl.d/plugins/README.md": "",
    "repo/own/thing.mjs": "", "outside/rules.mjs": "", "outside/notes/text.md": "",
  });
  const environment = { ENVCTL_EXTERNAL_PLUGINS_PATH: `${join(root, "outside")}:relative:${join(root, "nowhere")}` };
  expect(told(found({ environment, configured: ["own/thing.mjs", "../outside/rules.mjs"] }))).toEqual([
    ["rules", "environment", join(root, "outside/rules.mjs"), false],
    ["thing", "configuration", "own/thing.mjs", true],
    ["rules", "configuration", "../outside/rules.mjs", true],
    ["deep", "folder", ".envctl.d/plugins/deep", true],
    ["tools", "folder", ".envctl.d/plugins/tools.mjs", true],
    ["kafka", "package", "node_modules/envctl-plugin-kafka", true],
    ["vpn", "package", "node_modules/@team/envctl-plugin-vpn", true],
  ]);
});

test("a directory of the repository is the repository's also where the environment names it, or a link leads there", () => {
  const { root, found } = place({ "repo/.envctl.d/elsewhere/tools.mjs": "" });
  symlinkSync(join(root, "repo/.envctl.d/elsewhere"), join(root, "link"));
  for (const directory of ["repo/.envctl.d/elsewhere", "link"]) expect(found({ environment: { ENVCTL_EXTERNAL_PLUGINS_PATH: join(root, directory) } }).map(({ needsTrust }) => needsTrust)).toEqual([true]);
});

test("what keeps one from being loaded is told without running it", () => {
  const { found } = place({
    "repo/node_modules/envctl-plugin-new/package.json": '{ "engines": { "envctl": ">=2" } }', "repo/node_modules/envctl-plugin-new/index.js": "",
    "repo/node_modules/envctl-plugin-odd/package.json": '{ "peerDependencies": { "envctl": "newest" } }',
    "repo/node_modules/envctl-plugin-torn/package.json": "{",
    "repo/node_modules/envctl-plugin-empty/package.json": "{}",
    "repo/node_modules/envctl-plugin-out/package.json": '{ "main": "../../own.mjs" }', "repo/own.mjs": "",
    "repo/node_modules/envctl-plugin-good/package.json": '{ "version": "4.5.6", "exports": { ".": { "import": "./lib.mjs" } }, "engines": { "envctl": "^1" } }', "repo/node_modules/envctl-plugin-good/lib.mjs": "",
  });
  const problems = Object.fromEntries(found({ configured: ["gone.mjs", "bad name.mjs"] }).map(({ name, problem, entry, version }) => [name, problem ?? [version, entry?.endsWith("/envctl-plugin-good/lib.mjs")]]));
  expect(problems).toEqual({
    gone: expect.stringContaining("there is nothing at"),
    "bad name": 'its name "bad name" is not made of letters, digits, - and _',
    new: "it is for envctl >=2, and this is 1.2.3",
    odd: '`peerDependencies.envctl` of its package.json is no range of versions: "newest"',
    torn: "its package.json is no JSON object",
    empty: expect.stringContaining("it has no module to load"),
    out: expect.stringContaining("inside of it"),
    good: ["4.5.6", true],
  });
});

test("its content is that of everything it may run: its parts, what it imports by name, its packages, and what links lead to", () => {
  const { root, write, found } = place({
    "repo/node_modules/envctl-plugin-kafka/package.json": '{ "dependencies": { "wire": "1" } }', "repo/node_modules/envctl-plugin-kafka/index.js": 'import "../../lib/shared.mjs"; import { x } from "bare/part"; const y = await import("@team/kit"); import fs from "node:fs"; import "envctl/plugin";', "repo/node_modules/envctl-plugin-kafka/node_modules/own/index.js": "1",
    "repo/node_modules/wire/package.json": '{ "dependencies": { "deeper": "1", "wire": "1" } }', "repo/node_modules/wire/index.js": "1", "repo/node_modules/deeper/index.js": "1", "repo/node_modules/other/index.js": "1",
    "repo/lib/shared.mjs": 'require("./further")', "repo/lib/further.js": "1", "repo/lib/unused.mjs": "1", "repo/node_modules/bare/index.js": 'import "deeper"', "repo/node_modules/@team/kit/index.js": "1", "repo/node_modules/envctl/plugin.js": "1",
    "repo/src/linked.mjs": "1", "repo/src/tree/inner.mjs": "1",
  });
  symlinkSync(join(root, "repo/src/linked.mjs"), join(root, "repo/node_modules/envctl-plugin-kafka/linked.mjs"));
  symlinkSync(join(root, "repo/src/tree"), join(root, "repo/node_modules/envctl-plugin-kafka/tree"));
  symlinkSync(".", join(root, "repo/node_modules/envctl-plugin-kafka/round"));
  const hash = (): string => found()[0]?.contentHash ?? "";
  const changes = (path: string): boolean => {
    const before = hash();
    write(path, "2");
    return hash() !== before;
  };
  for (const path of ["lib/further.js", "lib/shared.mjs", "node_modules/bare/index.js", "node_modules/@team/kit/index.js"]) expect([path, changes(`repo/${path}`)]).toEqual([path, true]);
  for (const path of ["repo/lib/unused.mjs", "repo/node_modules/envctl/plugin.js", "repo/node_modules/other/index.js"]) expect([path, changes(path)]).toEqual([path, false]);
  for (const path of ["envctl-plugin-kafka/index.js", "envctl-plugin-kafka/node_modules/own/index.js", "wire/index.js", "deeper/index.js"]) expect([path, changes(`repo/node_modules/${path}`)]).toEqual([path, true]);
  for (const path of ["repo/src/linked.mjs", "repo/src/tree/inner.mjs"]) expect([path, changes(path)]).toEqual([path, true]);
});

test("its hash follows names that package.json of the repository leads elsewhere", () => {
  const { write, found } = place({
    "repo/package.json": JSON.stringify({ name: "shop", imports: { "#one": { import: "./lib/one.mjs" }, "#all/*": "./lib/all/*.mjs" }, exports: { "./own": "./lib/own.mjs" } }),
    "repo/.envctl.d/plugins/tools.mjs": 'import "#one"; import "#all/two"; import "shop/own";',
  });
  const hash = (): string => found()[0]?.contentHash ?? "";
  for (const path of ["one", "all/two", "own"]) {
    const before = hash();
    write(`repo/lib/${path}.mjs`, "1");
    expect([path, hash() === before]).toEqual([path, false]);
  }
});

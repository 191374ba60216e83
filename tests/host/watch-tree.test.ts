import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchTree, type TreeWatchOptions } from "../../src/host/watch-tree.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

function watched(directories: readonly string[], options: Partial<TreeWatchOptions>) {
  const root = temporaryDirectory(onTestFinished, "watched");
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  const changed: string[] = [];
  const troubles: string[] = [];
  const tree = watchTree({
    directory: root,
    globs: ["**"],
    ignored: (options.ignored ?? []).map((path) => join(root, path)),
    limit: options.limit ?? 100,
    changed: (path) => void changed.push(path.slice(root.length + 1)),
    trouble: (what, text) => void troubles.push(`${what}: ${text}`),
    ...(options.globs === undefined ? {} : { globs: options.globs }),
    ...(options.directory === undefined ? {} : { directory: join(root, options.directory) }),
  });
  onTestFinished(tree.close);
  const noticed = async (path: string): Promise<void> => {
    writeFileSync(join(root, path), "x");
    await eventually(() => changed.includes(path), `the change of ${path}`);
  };
  return { root, changed, troubles, noticed };
}

test("more directories than the limit are told once, and the others are watched", async () => {
  const { troubles, noticed } = watched(["a", "b", "c", "d", "e"], { limit: 3 });
  expect(troubles).toEqual(["limit: more than 3 directories"]);
  await noticed("top.txt");
});

test("what is ignored is not watched", async () => {
  const { root, changed, noticed } = watched(["state", "src"], { ignored: ["state"] });
  writeFileSync(join(root, "state/log"), "x");
  await noticed("src/last");
  expect(changed.every((path) => path === "src/last")).toBe(true);
});

test("a glob may lead above its directory, or name one file", async () => {
  const { noticed, changed, root } = watched(["service", "shared/deep"], { directory: "service", globs: ["../shared/**/*.ts", "./config.json"] });
  writeFileSync(join(root, "service/other.json"), "x");
  await noticed("shared/deep/a.ts");
  await noticed("service/config.json");
  expect(changed).not.toContain("service/other.json");
});

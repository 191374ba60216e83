/** Whatever state a checkout is in: a commit loses nothing, and holds exactly what it should. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { array, assert, asyncProperty, constantFrom, record, string } from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { commit } from "../../src/actions/delivery/commit.ts";
import type { ActionPlace } from "../../src/actions/place.ts";
import { temporaryRepository, type TemporaryRepository } from "../rig/repository.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const committed = { "a.txt": "a", "dir/b.txt": "b", "c d.txt": "c" };
const identity = { GIT_AUTHOR_NAME: "tests", GIT_AUTHOR_EMAIL: "tests@localhost", GIT_COMMITTER_NAME: "tests", GIT_COMMITTER_EMAIL: "tests@localhost", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
/** Where new content may appear; the second says whether a commit takes it. */
const places: readonly (readonly [path: string, isTaken: boolean])[] = [
  ["a.txt", true], ["dir/b.txt", true], ["c d.txt", true], ["new.txt", true], ["ünï/-x [*].txt", true], [":(top)odd", true], ["MAIN_TASK.md", false], [".envctl-state/x.json", false], ["ignored/y", false], ["z.log", false], ["trees/a/1/f", false],
];
const action = record({ place: constantFrom(...places), change: constantFrom("write", "remove", "stage", "stage", "unstage"), text: string({ maxLength: 5 }) });

function placeOf(root: string, artifacts: string): ActionPlace {
  return { project: "Main", root, artifacts, environment: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...identity }, signal: new AbortController().signal, timeoutMs: 60_000, progress: () => undefined };
}

function files(root: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(places.map(([path]) => [path, existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined]));
}

function apply(repository: TemporaryRepository, change: string, path: string, text: string): void {
  const file = join(repository.root, path);
  if (change === "write") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (change === "remove") rmSync(file, { force: true });
  else if (change === "stage" && (existsSync(file) || repository.git("--literal-pathspecs", "ls-files", "--", path) !== "")) repository.git("--literal-pathspecs", "add", "--force", "--", path);
  else if (change === "unstage") repository.git("--literal-pathspecs", "reset", "--quiet", "--", path);
}

test("a commit changes no file, and takes all that is not local or ignored", async () => {
  const artifacts = temporaryDirectory(onTestFinished, "artifacts");
  await assert(asyncProperty(array(action, { maxLength: 8 }), async (actions) => {
    const repository = temporaryRepository(onTestFinished, { files: { ...committed, ".gitignore": "ignored/\n*.log\n" } });
    for (const { place: [path], change, text } of actions) apply(repository, change, path, text);
    const before = files(repository.root);
    const outcome = await commit({ message: "All", pushes: false }, placeOf(repository.root, artifacts));
    expect(files(repository.root)).toEqual(before);
    for (const [path, isTaken] of places) {
      const inHead = repository.git("--literal-pathspecs", "ls-tree", "-z", "HEAD", "--", path) !== "";
      expect([path, inHead]).toEqual([path, isTaken && before[path] !== undefined]);
    }
    const changed = places.filter(([path, isTaken]) => isTaken && before[path] !== Reflect.get(committed, path)).map(([path]) => path);
    expect([...outcome.files].sort()).toEqual(changed.sort());
    expect(outcome.sha === undefined).toBe(changed.length === 0);
  }), { numRuns: 12 });
});

test("the first commit of a repository is made, too", async () => {
  const repository = temporaryRepository(onTestFinished, { files: committed });
  repository.git("checkout", "--quiet", "--orphan", "fresh");
  repository.write("MAIN_TASK.md", "# Begin\n");
  repository.git("add", "--force", "MAIN_TASK.md");
  const outcome = await commit({ pushes: false }, placeOf(repository.root, temporaryDirectory(onTestFinished, "artifacts")));
  expect([outcome.branch, outcome.leftOut, repository.git("log", "--format=%s")]).toEqual(["fresh", ["MAIN_TASK.md"], "Begin"]);
  expect(repository.git("show", "--name-only", "--format=")).not.toContain("MAIN_TASK");
});

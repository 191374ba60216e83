import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findCheckout } from "../../src/host/checkout.ts";
import { discoverProjects, rememberSlots } from "../../src/host/projects.ts";
import { temporaryRepository, type TemporaryRepository } from "../rig/repository.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Place {
  readonly repository: TemporaryRepository;
  readonly slots: string;
  /** `name:slot` of every project. */
  readonly seen: () => readonly string[];
  readonly add: (path: string, ...more: readonly string[]) => void;
}

function place(name = "shop"): Place {
  const parent = temporaryDirectory(onTestFinished, "projects");
  const repository = temporaryRepository(onTestFinished, { parent, name });
  const slots = join(parent, "slots.json");
  const seen = (): readonly string[] => {
    const found = discoverProjects(findCheckout(repository.root) ?? { repository: repository.root }, slots);
    rememberSlots(found, slots);
    return found.map((project) => `${project.name}:${project.slot}`);
  };
  return { repository, slots, seen, add: (path, ...more) => void repository.git("worktree", "add", "--quiet", "--detach", ...more, path) };
}

describe("projects", () => {
  test("are Main and every worktree, wherever it is", () => {
    const { repository, seen, add } = place("it's a żółć");
    add(join(repository.root, "trees", "checkout", "1"));
    add(join(repository.root, "..", "elsewhere"));
    add(join(repository.root, "trees", "with space"));
    expect(seen()).toEqual(["Main:0", "checkout-1:1", "elsewhere:2", "with-space:3"]);
  });

  test("tell their branch", () => {
    const { repository, slots, add } = place();
    repository.addWorktree("search");
    add(join(repository.root, "trees", "loose"));
    const found = discoverProjects({ repository: repository.root, gitDirectory: join(repository.root, ".git") }, slots);
    expect(found.map(({ name, branch, isMain }) => [name, branch, isMain])).toEqual([["Main", "main", true], ["loose", undefined, false], ["search", "search", false]]);
  });

  test("keep their slots; a new one gets the lowest that is free", () => {
    const { repository, seen } = place();
    for (const name of ["b", "c", "d"]) repository.addWorktree(name);
    expect(seen()).toEqual(["Main:0", "b:1", "c:2", "d:3"]);
    repository.removeWorktree("c");
    expect(seen()).toEqual(["Main:0", "b:1", "d:3"]);
    repository.addWorktree("a");
    expect(seen()).toEqual(["Main:0", "a:2", "b:1", "d:3"]);
  });

});

describe("projects, oddly named or remembered,", () => {
  test("of one name get different ones, and none is a second Main", () => {
    const { repository, seen, add } = place();
    for (const path of ["x/same", "y/same", "x/main", "x/constructor"]) add(join(repository.root, "..", path));
    expect(seen()).toEqual(["Main:0", "constructor:1", "main-2:2", "same:3", "same-2:4"]);
  });

  test("never share a slot, whatever the file of slots says", () => {
    const { repository, slots, seen } = place();
    for (const name of ["a", "b", "c"]) repository.addWorktree(name);
    writeFileSync(slots, JSON.stringify({ a: 2, b: 2, c: -1, d: "x" }));
    expect(seen()).toEqual(["Main:0", "a:2", "b:1", "c:3"]);
    writeFileSync(slots, "{ damaged");
    expect(seen()).toEqual(["Main:0", "a:1", "b:2", "c:3"]);
  });

  test("are found where git wrote relative paths", () => {
    const { repository, seen } = place();
    const root = repository.addWorktree("near");
    writeFileSync(join(repository.root, ".git", "worktrees", "near", "gitdir"), "../../../trees/near/.git\n");
    writeFileSync(join(root, ".git"), "gitdir: ../../.git/worktrees/near\n");
    expect(seen()).toEqual(["Main:0", "near:1"]);
    expect(findCheckout(root)).toMatchObject({ repository: repository.root, projectRoot: root });
  });
});

describe("a checkout", () => {
  test("is found from any directory inside it", () => {
    const { repository } = place();
    const inside = join(repository.root, "a", "b");
    mkdirSync(inside, { recursive: true });
    expect(findCheckout(inside)).toEqual({ repository: repository.root, projectRoot: repository.root, gitDirectory: join(repository.root, ".git") });
  });

  test("of a linked worktree belongs to the repository that owns it", () => {
    const { repository } = place();
    const root = repository.addWorktree("tree");
    mkdirSync(join(root, "deep"));
    expect(findCheckout(join(root, "deep"))).toEqual({ repository: repository.root, projectRoot: root, gitDirectory: join(repository.root, ".git") });
  });

  test("of a submodule is a repository of its own", () => {
    const { repository } = place();
    const other = temporaryRepository(onTestFinished, { name: "library" });
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "lib");
    const root = join(repository.root, "lib");
    expect(findCheckout(root)).toMatchObject({ repository: root, projectRoot: root });
  });

  test("whose owner is gone stands for itself", () => {
    const { repository } = place();
    const root = repository.addWorktree("left");
    rmSync(join(repository.root, ".git"), { recursive: true });
    expect(findCheckout(root)).toMatchObject({ repository: root, projectRoot: root });
  });

  test("outside of git is where an .envctl is, else nowhere", () => {
    const directory = temporaryDirectory(onTestFinished, "plain");
    mkdirSync(join(directory, "a", "b"), { recursive: true });
    expect(findCheckout(join(directory, "a", "b"))).toBeUndefined();
    writeFileSync(join(directory, "a", ".envctl"), "");
    expect(findCheckout(join(directory, "a", "b"))).toEqual({ repository: join(directory, "a"), projectRoot: join(directory, "a") });
  });
});

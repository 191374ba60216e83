import { describe, expect, test } from "vitest";
import { UserError } from "../../src/model/failure.ts";
import type { Selection } from "../../src/model/intent.ts";
import { findCycle, withDependencies, withDependents } from "../../src/plan/graph.ts";
import { selectedProjects, selectedUnits } from "../../src/plan/select.ts";
import { config, projects, service, shop } from "./specimen.ts";

function names(selection: Partial<Selection>, callerRoot = "/repo", mode: "main" | "trees" = "main"): readonly string[] {
  return selectedProjects(projects, { projects: [], services: [], ...selection }, callerRoot, mode).map((project) => project.name);
}

function failureOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return `${error.message} (${error.failures[0]?.hint})`;
    throw error;
  }
  return "none";
}

describe("projects", () => {
  test("the default mode decides when nothing is said", () => {
    expect(names({})).toEqual(["Main"]);
    expect(names({}, "/repo", "trees")).toEqual(["tree-1"]);
  });

  test("inside a worktree its own project is meant, unless a mode is asked for", () => {
    expect(names({}, "/repo/trees/tree/1")).toEqual(["tree-1"]);
    expect(names({ mode: "main" }, "/repo/trees/tree/1")).toEqual(["Main"]);
  });

  test("`--trees` means every worktree", () => expect(names({ mode: "trees" })).toEqual(["tree-1"]));

  test("names win over everything, in whatever case, as patterns too", () => {
    expect(names({ projects: ["TREE-*", "main"] })).toEqual(["tree-1", "Main"]);
    expect(names({ projects: ["TREE-1", "Main"], mode: "main" })).toEqual(["tree-1", "Main"]);
  });

  test("an unknown name is answered with the nearest one and all there are", () => {
    expect(failureOf(() => names({ projects: ["tre-1"] }))).toBe('no project named "tre-1"; did you mean "tree-1"? (known projects: Main, tree-1)');
  });

  test("trees without worktrees say how to make one", () => {
    const [main] = projects;
    expect(failureOf(() => selectedProjects(main === undefined ? [] : [main], { projects: [], services: [], mode: "trees" }, "/repo", "main"))).toContain("envctl ensure-worktree");
  });
});

describe("units", () => {
  test("everything enabled is started, dependencies first", () => {
    expect(selectedUnits(shop, "main", [])).toEqual(["redis", "backend", "frontend", "worker"]);
  });

  test("a named service brings what it needs and nothing else", () => {
    expect(selectedUnits(shop, "main", ["frontend"])).toEqual(["redis", "backend", "frontend"]);
    expect(selectedUnits(shop, "main", ["worker"])).toEqual(["redis", "worker"]);
  });

  test("a mode may list what it starts, or start nothing", () => {
    const limited = { ...shop, modes: { main: { enabled: true, services: ["backend"] }, trees: { enabled: false } } };
    expect(selectedUnits(limited, "main", [])).toEqual(["redis", "backend"]);
    expect(selectedUnits(limited, "trees", [])).toEqual([]);
  });

  test("a disabled unit is neither started nor waited for, and cannot be named", () => {
    const without = config([service("api", { enabled: false }), service("web", { dependsOn: ["api"] })]);
    expect(selectedUnits(without, "main", [])).toEqual(["web"]);
    expect(failureOf(() => selectedUnits(without, "main", ["api"]))).toContain('no service named "api"');
  });
});

describe("dependencies", () => {
  const edges = { a: ["b", "c"], b: ["d"], c: ["d"], d: [] };

  test("come before who needs them; dependents before what they need", () => {
    expect(withDependencies(edges, ["a"])).toEqual(["d", "b", "c", "a"]);
    expect(withDependents(edges, new Set(["c"]))).toEqual(["a", "c"]);
  });

  test("a cycle is told as a path and does not hang the order", () => {
    const cyclic = { a: ["b"], b: ["c"], c: ["b"] };
    expect(findCycle(cyclic)).toEqual(["b", "c", "b"]);
    expect(withDependencies(cyclic, ["a"])).toEqual(["c", "b", "a"]);
    expect(findCycle(edges)).toBeUndefined();
    expect(findCycle({ a: ["a"] })).toEqual(["a", "a"]);
  });
});

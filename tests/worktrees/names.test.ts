/** Names of worktrees, and which plans are meant. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/model/failure.ts";
import type { PlanFile } from "../../src/model/worktrees.ts";
import { importRootOf, rootOf, slugOf, targetOf } from "../../src/worktrees/names.ts";
import { chosenPlans, planChange } from "../../src/worktrees/plan-selection.ts";

describe("names", () => {
  test("a selector is read back: what a worktree is called finds it again", () => {
    expect(["login", "login-2", "issue-123", "a-b-3", "x-0", "feat/ünï-2"].map(targetOf)).toEqual([
      { feature: "login", iteration: 1 }, { feature: "login", iteration: 2 }, { feature: "issue", iteration: 123 }, { feature: "a-b", iteration: 3 }, { feature: "x-0", iteration: 1 }, { feature: "feat-ünï", iteration: 2 },
    ]);
    expect(["", "..", "-", "/ /"].map(targetOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("whatever is asked for, a slug is one part of a path and of a branch", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const slug = slugOf(text);
      if (slug === undefined) return;
      expect(slug).not.toMatch(/[\s/\\~^:?*[{}@,]|\.\.|^[-.]|\.lock$|[.]$/);
      expect(slugOf(slug)).toBe(slug);
    }));
  });

  test("layouts lead anywhere, imports beside the features", () => {
    const target = { feature: "login", iteration: 2 };
    expect(rootOf("trees/{feature}/{n}", target, "/code/shop")).toBe("/code/shop/trees/login/2");
    expect(rootOf("../{repository}-{feature}-{n}", target, "/code/shop")).toBe("/code/shop-login-2");
    expect(importRootOf("trees/{feature}/{n}", "feat/x", "/code/shop")).toBe("/code/shop/trees/imported/feat-x");
    expect(importRootOf("../{repository}-{feature}-{n}", "feat/x", "/code/shop")).toBe("/code/shop-feat-x-1");
  });
});

const plan = (name: string): PlanFile => ({ name, path: `/plans/${name}.md`, feature: name.replace("/", "_") });
const plans = ["features/alpha", "features/beta", "fixes/alpha", "fixes/login"].map(plan);
const chosen = (...words: readonly string[]): readonly string[] =>
  chosenPlans(words, plans, (word) => (word === "/plans/fixes/login.md" ? "fixes/login.md" : undefined)).map(({ plan: one, exactly, atLeast }) => `${one.name}${exactly === undefined ? ` ≥${atLeast}` : ` =${exactly}`}`);
const trouble = (work: () => unknown): string => {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof UserError ? error.failures.map(({ message, hint }) => `${message} | ${hint ?? ""}`).join() : String(error);
  }
};

describe("a selection of plans", () => {
  test.each([
    [["beta"], ["features/beta ≥1"]],
    [["features/alpha.md", "login"], ["features/alpha ≥1", "fixes/login ≥1"]],
    [["features/*"], ["features/alpha ≥1", "features/beta ≥1"]],
    [["al*"], ["features/alpha ≥1", "fixes/alpha ≥1"]],
    [["beta,beta", "beta"], ["features/beta ≥3"]],
    [["beta=2", "fixes/*=0"], ["features/beta =2", "fixes/alpha =0", "fixes/login =0"]],
    [["/plans/fixes/login.md"], ["fixes/login ≥1"]],
  ])("%j means %j", (words, meant) => {
    expect(chosen(...words)).toEqual(meant);
  });

  test.each([
    ["alpha", /several plans are called "alpha".*features\/alpha, fixes\/alpha/],
    ["bata", /no plan is called "bata"; did you mean "beta"/],
    ["nothing/*", /no plan is called "nothing\/\*"/],
    ["beta=51", /51 worktrees of features\/beta are more than the 50/],
  ])("%s is told apart", (word, message) => {
    expect(trouble(() => chosen(word))).toMatch(message);
  });

  test("two plans whose worktrees would have one name are refused", () => {
    const twins = [plan("a/b"), { ...plan("a_x/c"), feature: "A_b" }];
    expect(trouble(() => chosenPlans(["a/b"], twins, () => undefined))).toMatch(/a\/b and a_x\/c would both be called a_b.*rename/);
  });

  test("without a number nothing goes; with one it is made exactly so", () => {
    const one = plan("features/alpha");
    expect(planChange({ plan: one, atLeast: 2 }, [1, 3])).toEqual({ plan: one, create: [2], reuse: [1, 3], remove: [], isFinished: false });
    expect(planChange({ plan: one, atLeast: 1, exactly: 2 }, [2, 3, 7])).toEqual({ plan: one, create: [1], reuse: [2], remove: [3, 7], isFinished: false });
    expect(planChange({ plan: one, atLeast: 1, exactly: 0 }, [1])).toEqual({ plan: one, create: [], reuse: [], remove: [1], isFinished: true });
  });
});

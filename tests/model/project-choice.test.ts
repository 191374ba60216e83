import { expect, test } from "vitest";
import { chosenProjects, requireRunning, type ProjectWish } from "../../src/model/project-choice.ts";

const projects = ["Main", "cart-1", "cart-2", "price.x"].map((name) => ({ name, root: `/shop/${name}`, isMain: name === "Main" }));
const units = { Main: ["backend", "frontend"], "cart-1": ["backend", "worker"] };

function chosen(wish: Partial<ProjectWish>, callerRoot = "/shop/cart-2"): readonly string[] {
  return chosenProjects(projects, { names: [], services: [], isAll: false, ...wish }, { callerRoot, units }).map(({ name }) => name);
}

test.each([
  [{ names: ["CART-1"] }, ["cart-1"]], [{ names: ["cart-*", "cart-1"] }, ["cart-1", "cart-2"]], [{ names: ["*"] }, ["Main", "cart-1", "cart-2", "price.x"]], [{ names: ["price?x"] }, ["price.x"]],
  [{ services: ["worker"] }, ["cart-1"]], [{ services: ["Main/backend"] }, ["Main"]], [{ services: ["*/backend"] }, ["Main", "cart-1"]], [{ names: ["cart-2"], services: ["frontend"] }, ["Main", "cart-2"]],
  [{ isAll: true }, ["Main", "cart-1", "cart-2", "price.x"]], [{ mode: "trees" }, ["cart-1", "cart-2", "price.x"]], [{ mode: "main" }, ["Main"]], [{}, ["cart-2"]],
] as const)("%j means %j", (wish, names) => expect(chosen(wish)).toEqual(names));

test("a service that runs in several projects means the caller's own", () => {
  expect(chosen({ services: ["backend"] }, "/shop/cart-1")).toEqual(["cart-1"]);
  expect(() => chosen({ services: ["backend"] })).toThrow('"backend" runs in 2 projects');
});

test.each([
  [{ names: ["cart1"] }, 'there is no project called "cart1"; did you mean "cart-1"?'], [{ names: ["price*y"] }, 'no project matches "price*y"'], [{ names: ["a.b"] }, 'there is no project called "a.b"'],
  [{ services: ["cart-2/backend"] }, 'there is no service of the latest run called "cart-2/backend"'],
])("%j is refused: %s", (wish, message) => expect(() => chosen(wish)).toThrow(message));

test("outside of every project one must be named", () => expect(() => chosen({}, "/elsewhere")).toThrow("no project was named, and /elsewhere is none"));

test("a project that does not run is refused with those that do", () => {
  expect(() => requireRunning(projects.slice(0, 2), ["cart-1"])).toThrow("Main is not running; active projects: cart-1");
  expect(() => requireRunning(projects.slice(0, 2), [])).toThrow("Main and cart-1 are not running; active projects: none");
  expect(() => requireRunning(projects.slice(1, 2), ["cart-1"])).not.toThrow();
});

/** The demo as a newcomer runs it: three checkouts of a real application, none of which sees the data of another. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProgram, valueAt, type Outcome } from "../rig/program.ts";
import { packageRoot } from "../rig/source-files.ts";
import { temporaryStage } from "../rig/stage.ts";

const stage = temporaryStage(afterAll);
const env = { ...stage.env, TMPDIR: stage.directory };
const script = (name: string): Promise<Outcome> => startProgram([process.execPath, join(packageRoot, "scripts", name)], { cwd: stage.directory, env, timeoutMs: 240_000 }).ended;
const projects = ["Main", "checkout-1", "search-2"];
const backends = new Map<string, string>();
let demo: Outcome;

function repositoryDirectory(): string {
  const found = readdirSync(stage.directory).find((name) => name.startsWith("envctl-demo-"));
  return join(stage.directory, found ?? "no demo", "shop");
}

beforeAll(async () => {
  demo = await script("demo.mjs");
  if (demo.code !== 0) throw new Error(`${demo.stdout}\n${demo.stderr}`);
  const outcome = await stage.envctl(["endpoints", "--json", "--project", projects.join(",")], { cwd: repositoryDirectory() });
  for (let index = 0; index < projects.length; index += 1) {
    backends.set(String(outcome.at(`projects.${index}.project`)), String(outcome.at(`projects.${index}.backend.local_url`)));
  }
}, 240_000);

afterAll(async () => {
  if (existsSync(repositoryDirectory())) await script("demo-stop.mjs");
}, 60_000);

async function call(project: string, path: string, body?: object): Promise<unknown> {
  const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return (await fetch(new URL(path, backends.get(project)), request)).json();
}

async function productNames(project: string): Promise<readonly unknown[]> {
  const products = valueAt(await call(project, "/api/products"), "products");
  return Array.isArray(products) ? products.map((one) => valueAt(one, "name")) : [];
}

test("all three projects answer, each under its own name", async () => {
  expect([...backends.keys()].sort()).toEqual(projects);
  for (const project of projects) expect(await call(project, "/healthz")).toEqual({ ready: true, shop: project });
});

test("a row written in one does not appear in the others", async () => {
  await call("checkout-1", "/api/products", { name: "Kite", price_cents: 1200 });
  expect(await productNames("checkout-1")).toContain("Kite");
  expect(await productNames("Main")).not.toContain("Kite");
  expect(await productNames("search-2")).not.toContain("Kite");
});

test("counters in Redis are apart as well", async () => {
  await call("Main", "/api/visits");
  expect(await call("Main", "/api/visits")).toEqual({ visits: 2 });
  expect(await call("search-2", "/api/visits")).toEqual({ visits: 1 });
});

test("an order goes through the worker into the project's own database", async () => {
  await call("search-2", "/api/orders", { product: "Lantern" });
  await expect.poll(async () => valueAt(await call("search-2", "/api/orders"), "orders.0.product"), { timeout: 5000 }).toBe("Lantern");
  expect(valueAt(await call("Main", "/api/orders"), "orders")).toEqual([]);
});

test("demo:stop leaves neither the repository nor its state", async () => {
  const repository = repositoryDirectory();
  const outcome = await script("demo-stop.mjs");
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  expect(existsSync(repository)).toBe(false);
  expect(readdirSync(stage.stateRoot).filter((name) => name.startsWith("repo-"))).toEqual([]);
});

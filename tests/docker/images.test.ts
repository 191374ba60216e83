import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { freePorts } from "../rig/ports.ts";
import { registry } from "../rig/registry.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { containerTest, failureOf } from "./scene.ts";

const test = containerTest;
const soon = (): AbortSignal => AbortSignal.timeout(40_000);

test("an image is pulled with its bytes counted, and then known by its id", async ({ scene }) => {
  const { images } = scene.ours;
  const { image, bytes } = await registry(onTestFinished);
  onTestFinished(() => scene.docker.getImage(image).remove());
  expect(await images.find(image)).toBeUndefined();
  const told: { readonly text: string; readonly done?: number; readonly total?: number }[] = [];
  const id = await images.pull(image, (text, done, total) => told.push({ text, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) }), soon());
  expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await images.find(image)).toBe(id);
  expect(told.at(-1)).toEqual({ text: `pulling ${image}`, done: bytes, total: bytes });
  expect(told.every(({ done = 0, total = 0 }) => done <= total)).toBe(true);
  expect(await images.pull(image, () => undefined, soon())).toBe(id);
});

test("a pull that is refused, finds nothing or nobody says which", async ({ scene }) => {
  const { images } = scene.ours;
  const { missing, secret } = await registry(onTestFinished);
  const nowhere = `127.0.0.1:${await freePorts()}/any:1`;
  expect(await failureOf(images.pull(missing, () => undefined, soon()))).toMatchObject({ reason: "image_missing", message: `the image ${missing} could not be pulled: the registry has no such image` });
  expect(await failureOf(images.pull(secret, () => undefined, soon()))).toMatchObject({ reason: "image_missing", message: expect.stringContaining("the registry refuses it") });
  expect(await failureOf(images.pull(nowhere, () => undefined, soon()))).toMatchObject({ reason: "image_missing", message: expect.stringContaining("the registry cannot be reached") });
  expect(await failureOf(images.pull("Not A Name", () => undefined, soon()))).toMatchObject({ message: expect.stringContaining("Not A Name") });
});

test("an image is built from a directory without what .dockerignore names", async ({ scene }) => {
  const directory = temporaryDirectory(onTestFinished, "context");
  mkdirSync(join(directory, "src/node_modules"), { recursive: true });
  for (const name of ["src/kept", "src/node_modules/dropped", "dropped.log"]) writeFileSync(join(directory, name), name);
  writeFileSync(join(directory, ".dockerignore"), "**/node_modules\n*.log\n");
  writeFileSync(join(directory, "Dockerfile"), `FROM ${await scene.image("tiny")}\nARG WORD\nCOPY . /context\nRUN echo "built with $WORD" && ls /context /context/src > /listing\nCMD ["cat", "/listing"]\n`);
  const tag = `envctl-test/${scene.scope}:1`;
  onTestFinished(() => scene.docker.getImage(tag).remove());
  const lines: string[] = [];
  const id = await scene.ours.images.build({ directory, tag, labels: scene.labels("app"), buildArgs: { WORD: "love" } }, (line) => lines.push(line), soon());
  expect(lines).toContain("built with love");
  expect((await scene.docker.getImage(id).inspect()).Config.Labels).toMatchObject({ [containerLabels.scope]: scene.scope });
  const { id: container } = await scene.ours.containers.start(await scene.spec("app", { image: tag }));
  const listed: string[] = [];
  await scene.ours.containers.followLog(container, undefined, ({ bytes }) => listed.push(bytes.toString("utf8").trim()), soon());
  expect(listed.join(" ")).toBe("/context: Dockerfile src  /context/src: kept");
  await scene.ours.containers.remove(container);
});

test("a build that fails says at which step, with the lines before", async ({ scene }) => {
  const directory = temporaryDirectory(onTestFinished, "context");
  writeFileSync(join(directory, "Containerfile"), `FROM ${await scene.image("tiny")}\nRUN echo first && exit 9\n`);
  const build = scene.ours.images.build({ directory, dockerfile: "Containerfile", tag: `envctl-test/${scene.scope}:1`, labels: scene.labels("app") }, () => undefined, soon());
  const failure = await failureOf(build);
  expect(failure?.message).toContain(`could not be built from ${directory}: The command '/bin/sh -c echo first && exit 9' returned a non-zero code: 9`);
  expect(failure?.logTail).toContain("first");
});

test("PostgreSQL takes a password, a user and a database, and keeps its data in a volume", { timeout: 180_000 }, async ({ scene }) => {
  const { containers } = scene.ours;
  const image = await scene.image("postgres");
  const env = { POSTGRES_PASSWORD: "pass word", POSTGRES_USER: "app", POSTGRES_DB: "shop" };
  const spec = await scene.spec("postgres", { image, env, stopSignal: "SIGINT", volumes: [{ volume: `${scene.scope}-pg`, target: "/var/lib/postgresql/data" }] });
  const query = (id: string, text: string) => containers.exec(id, { command: ["psql", "-h", "127.0.0.1", "-U", "app", "-d", "shop", "-Atc", text], env: { PGPASSWORD: "pass word" }, timeoutMs: 20_000 });
  const first = await containers.start(spec);
  await scene.written(first.id, /init process complete/);
  await scene.written(first.id, /listening on IPv4/);
  expect(await query(first.id, "create table kept as select 42 as answer")).toMatchObject({ code: 0 });
  await containers.stop(first.id, "SIGINT", 20_000);
  expect((await containers.inspect(first.id))?.end?.exitCode).toBe(0);
  await containers.remove(first.id);
  const second = await containers.start(spec);
  await scene.written(second.id, /ready to accept connections/);
  expect(await query(second.id, "select answer from kept")).toMatchObject({ code: 0, stdout: "42\n" });
  const { id } = await containers.start(await scene.spec("bare", { image }));
  expect((await containers.ended(id, soon()))?.end?.exitCode).toBe(1);
});

test("Redis takes arguments", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.spec("redis", { image: await scene.image("redis"), command: ["--requirepass", "secret", "--port", "6400"] }));
  await scene.written(id, /Ready to accept connections/);
  expect(await containers.exec(id, { command: ["redis-cli", "-p", "6400", "-a", "secret", "ping"], timeoutMs: 20_000 })).toMatchObject({ code: 0, stdout: "PONG\n" });
});

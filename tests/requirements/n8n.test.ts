/** n8n without running it: settings, installing, the data directory, workflows as files. The real one: tests/e2e/n8n.test.ts. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { exchange } from "../../src/host/net.ts";
import { UserError } from "../../src/model/failure.ts";
import { startClassOf } from "../../src/model/start-class.ts";
import { secretReference } from "../../src/model/secrets.ts";
import type { ExternalServer, PrepareInput } from "../../src/requirements/adapter.ts";
import { bindExternal } from "../../src/requirements/engines/external.ts";
import { embeddedN8n, n8n } from "../../src/requirements/n8n.ts";
import { externalN8n } from "../../src/requirements/n8n-external.ts";
import { prepareN8n } from "../../src/requirements/n8n-data.ts";
import { addToNote } from "../../src/requirements/n8n-note.ts";
import { fetchN8n, locateN8n, nodeNeededBy } from "../../src/requirements/n8n-runtime.ts";
import { isN8nPassword, type N8nSettings } from "../../src/requirements/n8n-settings.ts";
import { readWorkflows } from "../../src/requirements/n8n-workflows.ts";
import { createSecrets } from "../../src/requirements/secrets-store.ts";
import { freePorts } from "../rig/ports.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { sharedCache } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { configOf, createBench } from "./bench.ts";

function settingsOf(settings: Readonly<Record<string, unknown>> = {}): N8nSettings {
  const result = n8n.settings(configOf("n8n", settings));
  if (Array.isArray(result)) throw new UserError(result as UserError["failures"]);
  return result as N8nSettings;
}

describe("settings", () => {
  test.each([
    [{ version: "2" }, 'requirements.n8n.version is "2"'],
    [{ database: "postgress" }, 'requirements.n8n.database is "postgress"'],
    [{ owner: { email: "nobody" } }, 'requirements.n8n.owner is {"email":"nobody"}'],
    [{ owner: { password: "weak" } }, 'requirements.n8n.owner is {"password":"weak"}'],
    [{ owner: { emial: "a@b.example" } }, "requirements.n8n.owner is"],
    [{ database: "postgres", seed: "main" }, 'requirements.n8n.seed is "main"'],
    [{ workflow: "flows" }, "requirements.n8n has no setting `workflow`"],
  ])("%j are refused", (settings, words) => {
    expect(() => settingsOf(settings)).toThrow(words);
  });

  test.each(["n8n's port 5678 is already in use. Do you have another", "n8n Task Broker's port 5679 is already in use. Do you"])("a server that ends with %j gets another port", (line) => {
    expect(startClassOf({ reason: "process_exited", message: "", logTail: ["", line] }, n8n.engines.embedded?.complaints)).toBe("bind_conflict_retryable");
  });

  test("the task runners' port moves with the main one, and the database is what says whom it uses", () => {
    expect(n8n.basePorts(settingsOf({ port: 6000 }), configOf("n8n", { port: 6000 }))).toEqual({ main: 6000, runners: 6001 });
    expect(n8n.uses?.(configOf("n8n", { database: "postgres" }))).toEqual(["postgres"]);
    expect(n8n.uses?.(configOf("n8n"))).toEqual([]);
  });
});

describe("installing with npm", () => {
  test("without a registry that answers tells so, and leaves nothing behind", { timeout: 120_000 }, async () => {
    const cache = temporaryDirectory(onTestFinished, "cache");
    const { host } = createBench(onTestFinished, { ENVCTL_CACHE_DIR: cache, npm_config_registry: `http://127.0.0.1:${await freePorts()}/`, npm_config_cache: join(cache, "npm") });
    const told: string[] = [];
    const reason = await fetchN8n(settingsOf(), host, (text) => told.push(text), AbortSignal.timeout(110_000)).catch((error: unknown) => error);
    expect(String(reason)).toMatch(/^UserError: n8n 2\.8\.4 is not on this machine, and installing it with npm failed: `npm install`: .*ECONNREFUSED/s);
    expect(told).toEqual([expect.stringContaining("installing n8n 2.8.4 with npm")]);
    expect(readdirSync(join(cache, "runtimes"))).toEqual([]);
    expect(await locateN8n(settingsOf(), host)).toBeUndefined();
  });

  test("into a cache that cannot be written tells which", async () => {
    const cache = join(temporaryDirectory(onTestFinished, "cache"), "file");
    writeFileSync(cache, "");
    const { host } = createBench(onTestFinished, { ENVCTL_CACHE_DIR: cache });
    await expect(fetchN8n(settingsOf(), host, () => undefined, AbortSignal.timeout(5000))).rejects.toThrow(new RegExp(`installing it with npm failed: .*${cache}`));
  });

  test.runIf(canMount())("onto a disk without room for it is not begun", async () => {
    const cache = temporaryDirectory(onTestFinished, "cache");
    onTestFinished(mountSmallDisk(cache, "1m"));
    const { host } = createBench(onTestFinished, { ENVCTL_CACHE_DIR: cache });
    await expect(fetchN8n(settingsOf(), host, () => undefined, AbortSignal.timeout(5000))).rejects.toThrow("to install it needs 3.0 GB, and 0.0 GB are free in");
    expect(readdirSync(join(cache, "runtimes"))).toEqual([]);
  });

  test("a configured program of another version, or of something else, is refused", async () => {
    const place = temporaryDirectory(onTestFinished, "own");
    const { host } = createBench(onTestFinished);
    mkdirSync(join(place, "bin"));
    writeFileSync(join(place, "bin/n8n"), "");
    await expect(locateN8n(settingsOf({ path: join(place, "bin/n8n") }), host)).rejects.toThrow("is no program of n8n");
    writeFileSync(join(place, "package.json"), JSON.stringify({ name: "n8n", version: "1.2.3" }));
    await expect(locateN8n(settingsOf({ path: join(place, "bin/n8n") }), host)).rejects.toThrow("is n8n 1.2.3, but 2.8.4 is configured");
    expect(await locateN8n(settingsOf({ path: join(place, "bin/n8n"), version: "1.2.3" }), host)).toMatchObject({ version: "1.2.3", source: "configured path" });
  });
});

describe("the Node it runs on", () => {
  test.each([["2.8.4", [20, 19]], ["2.10.0", [22, 16]], ["2.23.1", [22, 22]], ["2.40.7", [24, 0]], ["1.50.0", undefined]])("n8n %s needs Node %j", (version, node) => {
    expect(nodeNeededBy(version)).toEqual(node);
  });

  test("one that envctl's Node cannot run gets a Node of its own from npm, which runs it", { timeout: 300_000 }, async () => {
    const { host } = createBench(onTestFinished, { ENVCTL_CACHE_DIR: sharedCache() });
    const place = temporaryDirectory(onTestFinished, "own");
    mkdirSync(join(place, "bin"));
    writeFileSync(join(place, "bin/n8n"), "console.log(process.version, process.argv[2])");
    writeFileSync(join(place, "package.json"), JSON.stringify({ name: "n8n", version: "2.41.3" }));
    const settings = settingsOf({ version: "2.41.3", path: join(place, "bin/n8n") });
    const runtime = await fetchN8n(settings, host, () => undefined, AbortSignal.timeout(290_000));
    expect(await locateN8n(settings, host)).toEqual(runtime);
    const { command } = embeddedN8n.draft({ project: "Main", name: "n8n", settings, runtime, ports: {}, dataDirectory: "/nowhere", secret: (name) => name });
    expect(execFileSync(command[0] ?? "", command.slice(1), { encoding: "utf8" })).toMatch(/^v(?:2[4-9]|[3-9]\d)\.\d+\.\d+ start\n$/);
  });
});

describe("workflows as files", () => {
  const workflow = { name: "Ping", nodes: [], connections: {} };

  function read(files: Readonly<Record<string, unknown>>): ReturnType<typeof readWorkflows> {
    const projectRoot = temporaryDirectory(onTestFinished, "checkout");
    mkdirSync(join(projectRoot, "flows"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(projectRoot, "flows", name), typeof content === "string" ? content : JSON.stringify(content));
    return readWorkflows({ projectRoot, name: "n8n", settings: settingsOf({ workflows: "flows" }) });
  }

  test("come in the order of their names, with an id that stays", () => {
    const files = { "20-b.json": [{ ...workflow, id: "own" }, workflow], "10-a.json": { ...workflow, active: true, createdAt: "2026" }, "notes.txt": "no workflow" };
    const found = read(files);
    expect(found.map(({ file, isActive }) => [file, isActive])).toEqual([["10-a.json", true], ["20-b.json[0]", false], ["20-b.json[1]", false]]);
    expect(found.map(({ id }) => id)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), "own", expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect(found[0]?.content).toEqual(workflow);
    expect(read(files)).toEqual(found);
  });

  test("that cannot be used are all named at once", () => {
    const files = { "a.json": "{", "b.json": { ...workflow, nodes: {} }, "c.json": { ...workflow, id: "x" }, "d.json": { ...workflow, id: "x" }, "e.json": { ...workflow, connections: [] }, "f.json": { ...workflow, id: 7 } };
    const wrong = (): unknown => read(files);
    for (const words of ["a.json is no workflow n8n could import: ", "b.json is no workflow n8n could import: it has no list `nodes`", "d.json is no workflow n8n could import: it has the id x, like c.json", "it has no object `connections`", "its id is 7"]) expect(wrong).toThrow(words);
  });

  test("need their folder", () => {
    expect(() => readWorkflows({ projectRoot: "/nowhere", name: "n8n", settings: settingsOf({ workflows: "flows" }) })).toThrow("the folder of workflows for n8n is not there: /nowhere/flows");
  });
});

interface Data {
  readonly input: PrepareInput<N8nSettings>;
  readonly keyFile: string;
  known(name: string): string | undefined;
  prepare(): Promise<void>;
}

function data(settings: Readonly<Record<string, unknown>> = {}): Data {
  const bench = createBench(onTestFinished);
  const secrets = createSecrets(join(bench.stateRoot, "secrets"));
  const dataDirectory = join(bench.stateRoot, "data", "n8n");
  const reference = (name: string): string => secretReference("Main/n8n", name);
  const input: PrepareInput<N8nSettings> = {
    project: "Main",
    name: "n8n",
    settings: settingsOf(settings),
    runtime: { program: "n8n", version: "2.8.4", source: "", env: {} },
    ports: {},
    dataDirectory,
    projectRoot: bench.stateRoot,
    secret: reference,
    reveal: (key) => secrets.reveal(key),
    keep: (key, value) => secrets.keep(key, value),
    progress: () => undefined,
    signal: AbortSignal.timeout(30_000),
  };
  return { input, keyFile: join(dataDirectory, ".n8n/config"), known: (name) => secrets.known(`Main/n8n/${name}`), prepare: () => prepareN8n(input, bench.host) };
}

const keyIn = (file: string): unknown => (JSON.parse(readFileSync(file, "utf8")) as { readonly encryptionKey: unknown }).encryptionKey;

describe("the data directory", () => {
  test("has the project's key, hidden from other users, and the same one again after it was removed", async () => {
    const one = data();
    await one.prepare();
    expect(statSync(one.keyFile).mode & 0o777).toBe(0o600);
    expect(keyIn(one.keyFile)).toBe(one.known("encryption-key"));
    expect(isN8nPassword(one.known("owner-password"))).toBe(true);
    rmSync(one.input.dataDirectory, { recursive: true });
    await one.prepare();
    expect(keyIn(one.keyFile)).toBe(one.known("encryption-key"));
  });

  test("from elsewhere brings its key and its owner's password along", async () => {
    const one = data();
    mkdirSync(join(one.input.dataDirectory, ".n8n"), { recursive: true });
    writeFileSync(one.keyFile, JSON.stringify({ encryptionKey: "theirs" }));
    addToNote(one.input.dataDirectory, { owner: { email: "a@b.example", password: "Theirs-123" } }, undefined);
    await one.prepare();
    expect([one.known("encryption-key"), one.known("owner-password")]).toEqual(["theirs", "Theirs-123"]);
  });

  test.each([
    ['{"encryptionKey":"another"}', "were written with another encryption key than the one in"],
    ["{", "which holds the encryption key of n8n, cannot be read"],
    ["{}", "holds no `encryptionKey`"],
  ])("with a key file %s is refused", async (content, words) => {
    const one = data();
    await one.prepare();
    writeFileSync(one.keyFile, content);
    await expect(one.prepare()).rejects.toThrow(words);
    rmSync(one.keyFile);
    await one.prepare();
    expect(keyIn(one.keyFile), "the right one is kept for the project as well").toBe(one.known("encryption-key"));
  });

  test("takes the configured password of the owner", async () => {
    const one = data({ owner: { password: "Chosen-123" } });
    await one.prepare();
    expect(one.known("owner-password")).toBe("Chosen-123");
  });

  test("in PostgreSQL that does not answer is told with the schema", async () => {
    const one = data({ database: "postgres" });
    const env = { DB_POSTGRESDB_HOST: "127.0.0.1", DB_POSTGRESDB_PORT: String(await freePorts()), DB_POSTGRESDB_USER: "u", DB_POSTGRESDB_PASSWORD: "p", DB_POSTGRESDB_DATABASE: "app", DB_POSTGRESDB_SCHEMA: "n8n" };
    await expect(prepareN8n({ ...one.input, env }, createBench(onTestFinished).host)).rejects.toThrow("the schema n8n for n8n could not be made in the database app");
  });
});

describe("one outside of envctl", () => {
  const serverOf = (url: string): ExternalServer => {
    const bound = bindExternal({ ...configOf("n8n"), engine: "external", url }, externalN8n, { environment: {}, values: {}, secret: (name) => secretReference("Main/n8n", name) });
    if ("reason" in bound) throw new UserError(bound);
    return bound.server;
  };
  const asked = (server: ExternalServer) => externalN8n.check(server, { timeoutMs: 3000, signal: AbortSignal.timeout(5000) });
  const probed = (server: ExternalServer): Promise<boolean> => {
    const probe = externalN8n.probe(server);
    return probe.kind === "exchange" ? exchange(probe.port, Buffer.from(probe.send, "base64"), new RegExp(probe.expect), 1000) : Promise.resolve(false);
  };

  test("is there when it tells its settings, and not while it says that it starts", async () => {
    let isReady = false;
    const standIn = createServer((request, response) => {
      if (isReady && request.url === "/flows/rest/settings") response.end(JSON.stringify({ data: { userManagement: {} } }));
      else response.end("n8n is starting up. Please wait");
    }).listen(0, "127.0.0.1");
    await once(standIn, "listening");
    onTestFinished(() => void standIn.close());
    const { port } = standIn.address() as AddressInfo;
    const server = serverOf(`http://127.0.0.1:${port}/flows/`);
    expect(await probed(server)).toBe(false);
    expect(await asked(server)).toMatchObject({ reason: "server_unreachable", message: expect.stringContaining("no n8n that is ready (200: n8n is starting up") });
    isReady = true;
    expect(await probed(server)).toBe(true);
    expect(await asked(server)).toBe(`n8n answers at 127.0.0.1:${port}`);
    expect(externalN8n.env(server)).toEqual({ N8N_URL: `http://127.0.0.1:${port}/flows`, N8N_HOST: "127.0.0.1", N8N_PORT: String(port) });
  });

  test("has the port of its scheme where its URL names none", async () => {
    expect([serverOf("https://flows.example").port, serverOf("http://flows.example").port]).toEqual([443, 80]);
    expect(await asked(serverOf(`http://127.0.0.1:${await freePorts()}`))).toMatchObject({ reason: "server_unreachable" });
  });
});

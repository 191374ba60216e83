import { Ajv } from "ajv";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { exampleFile } from "../../src/config/example.ts";
import { configSchema } from "../../src/config/json-schema.ts";
import { keyName, segmentsOf } from "../../src/config/key-tree.ts";
import { configKeys } from "../../src/config/keys.ts";
import { nearestName } from "../../src/model/nearest.ts";
import { configurationPage } from "../../src/config/reference.ts";
import { directoryWith, resolveIn } from "./scratch.ts";

/** The example with every commented key switched on. */
function everything(): string {
  return exampleFile()
    .split("\n")
    .filter((line) => !/^\s*# (?:inputs|run|name): [A-Z]/.test(line))
    .map((line) => line.replace(/^(\s*)# (?=(?:[a-z_]+|LOG_LEVEL):(?: |$))/, "$1"))
    .map((line) => line.replace(/^(\s*)port: none$/, "$1port: 8000"))
    .filter((line) => !/^\s*(?:listener|tcp|exec|log|delay|none|module|image|build|dockerfile|args|run|container_port|volumes|data|on_engine):/.test(line))
    .join("\n");
}

describe("the example file", () => {
  test("loads without problems or warnings and only holds defaults", () => {
    const root = directoryWith({ ".envctl": exampleFile() });
    const { resolved, warnings } = resolveIn(root);
    expect(warnings).toEqual([]);
    const plain = resolveIn(directoryWith({ ".envctl": "services: { backend: { command: 'npm run dev -- --port {port}' } }\nrequirements: { postgres: }\n" })).resolved;
    expect(resolved.config).toEqual(plain.config);
  });

  test("names every key of the table", () => {
    const text = exampleFile();
    const missing = configKeys.filter((row) => !segmentsOf(row).includes("*") || keyName(row) !== "*").filter((row) => !new RegExp(`^\\s*(?:# )?(?:- \\{ )?.*\\b${keyName(row)}:`, "m").test(text));
    expect(missing.map((row) => row.path)).toEqual([]);
  });

  test("still loads when everything in it is switched on", () => {
    const { config } = resolveIn(directoryWith({ ".envctl": everything() })).resolved;
    expect(config.services["backend"]).toMatchObject({ ready: { kind: "http", path: "/healthz", status: 200 }, ports: { metrics: 9100 } });
    expect(config.services["backend"]).toMatchObject({ restart: { strategy: "exponential" }, live: { probe: { kind: "http", path: "/healthz", status: 200 } }, limits: { memoryBytes: 512 * 1024 ** 2, cpuShare: 0.75 } });
    expect(config.restartGroups).toEqual({ stack: { strategy: "one_for_one", units: ["backend"] } });
  });
});

describe("the JSON Schema", () => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(configSchema());
  const accepts = (text: string): boolean => validate(parse(text));

  test("accepts the example, also with everything switched on", () => {
    expect(accepts(exampleFile())).toBe(true);
    expect(accepts(everything())).toBe(true);
  });

  test.each([
    "services: { a: { command: [node, x.js], port: none, ready: none, stop: , env: { A: 1 } } }\nrequirements: { redis: , postgres: { extensions: [a] } }\nx-anything: 1\n",
    "default_mode: trees\nmodes: { trees: { services: [a] } }\n",
  ])("accepts %j", (text) => expect(accepts(text)).toBe(true));

  test.each([
    "servces: {}",
    "services: { a: { command: x, prot: 1 } }",
    "services: { a: { command: x, port: 70000 } }",
    "services: { a: { command: x, ready: soon } }",
    "services: { a: { command: x, ready: { htp: /x } } }",
    "services: { a: { command: x, prepare: [{ name: x }] } }",
    "services: { 'a b': { command: x } }",
    "version: 2",
    "modes: { forest: {} }",
  ])("rejects %j", (text) => expect(accepts(text)).toBe(false));
});

test("the documentation has a row for every key", () => {
  const page = configurationPage();
  const paths = configKeys.filter((row) => !row.path.endsWith("*") || row.type !== "group").map((row) => row.path.replaceAll("*", "<name>").replace("prepare.<name>", "prepare[]"));
  expect(paths.filter((path) => !page.includes(`| \`${path}\` |`))).toEqual([]);
});

test.each([
  ["comand", "command"], ["Port", "port"], ["dependsOn", "depends_on"], ["enabeld", "enabled"], ["xyz", undefined], ["", undefined],
])("the key nearest to %j is %j", (word, nearest) => {
  expect(nearestName(word, ["command", "port", "depends_on", "enabled", "env"])).toBe(nearest);
});

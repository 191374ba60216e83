import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { expect, test } from "vitest";
import { UserError } from "../../src/model/failure.ts";
import { detect } from "../../src/config/detect.ts";
import { configKeys } from "../../src/config/keys.ts";
import { proposedYaml } from "../../src/config/proposed.ts";
import { readYaml } from "../../src/config/yaml-file.ts";
import { directoryWith, resolveIn, treeOf } from "./scratch.ts";

/** Loads, or tells failures; anything else thrown is a bug. */
function outcomeOf(root: string, content: string | Uint8Array): "loaded" | "refused" {
  writeFileSync(join(root, ".envctl"), content);
  try {
    resolveIn(root);
    return "loaded";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.failures.length).toBeGreaterThan(0);
    for (const failure of error.failures) expect(failure.message).not.toBe("");
    return "refused";
  }
}

const words = [...new Set(configKeys.flatMap((row) => row.path.split(".")))].filter((word) => word !== "*");
const key = fc.oneof(fc.constantFrom(...words, "backend", "constructor", "__proto__", "toString", "<<", "a.b"), fc.string());
const leaf = fc.oneof(fc.constantFrom("npm run dev", "none", 8000, "30s", true, null, [], {}, ["postgres"]), fc.jsonValue({ maxDepth: 2 }));
const tree = fc.letrec((tie) => ({ node: fc.oneof({ maxDepth: 5 }, leaf, fc.dictionary(key, tie("node"), { maxKeys: 6 }), fc.array(tie("node"), { maxLength: 3 })) })).node;
const yamlish = fc.array(fc.oneof(fc.constantFrom("services:", "\n", "  ", "\t", "- ", ": ", "{", "}", "[", "]", "&a ", "*a ", "!!x ", "? ", "| ", "> ", "'", '"', "#", "---", "%", "<<: ", ...words), fc.string({ maxLength: 4 })), { maxLength: 60 }).map((parts) => parts.join(""));
const keyLines = fc.array(fc.oneof(
  fc.tuple(fc.constantFrom("BACKEND_PORT_BASE", "ENVCTL_ADDITIONAL_SERVICES", "ENVCTL_SERVICE_A_START_CMD", "MAIN_REDIS_ENABLE", "constructor", "ENVCTL_BACKEND_START_CMD"), fc.string()).map(([name, value]) => `${name}=${value}`),
  fc.constantFrom("# >>> envctl backend launch env >>>", "# <<< envctl backend launch env <<<", "# >>> envctl x >>>", "A=${ENVCTL_SOURCE_DATABASE_URL}", "B=${A}", "ENVCTL_ADDITIONAL_SERVICES=a,constructor"),
  fc.string(),
), { maxLength: 20 }).map((lines) => `A=1\n${lines.join("\n")}`);

test("no bytes crash the loader", () => {
  const root = directoryWith({});
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcomeOf(root, bytes)), { numRuns: 150 });
});

test("no text that looks like YAML crashes the loader", () => {
  const root = directoryWith({});
  fc.assert(fc.property(yamlish, (text) => void outcomeOf(root, text)), { numRuns: 300 });
});

test("no data crashes the loader, whatever keys and values it has", () => {
  const root = directoryWith({});
  fc.assert(fc.property(fc.dictionary(key, tree, { maxKeys: 5 }), (value) => void outcomeOf(root, stringify(value))), { numRuns: 300 });
});

test("no KEY=value lines crash the loader", () => {
  const root = directoryWith({ "backend/package.json": '{"scripts":{"dev":"vite"}}' });
  fc.assert(fc.property(keyLines, (text) => void outcomeOf(root, text)), { numRuns: 300 });
});

test("no environment or flags crash the loader", () => {
  const root = directoryWith({ ".envctl": "services: { a: { command: x } }\n" });
  const segment = fc.oneof(fc.constantFrom(...words, "a", ""), fc.string({ maxLength: 5 }));
  const path = fc.array(segment, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(path, fc.string(), (segments, text) => {
    try {
      resolveIn(root, { environment: { [`ENVCTL__${segments.join("__").toUpperCase()}`]: text }, overrides: { [segments.join(".")]: text } });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }), { numRuns: 300 });
});

test("a valid service reads back as it was written", () => {
  const service = fc.record({ command: fc.constantFrom("npm run dev", "x --port {port}"), port: fc.integer({ min: 1, max: 65_535 }), critical: fc.boolean(), env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.string()) });
  fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), service, { minKeys: 1, maxKeys: 5 }), (services) => {
    const reading = readYaml(stringify({ services }), "f", "repository");
    expect(reading.failures).toEqual([]);
    for (const [name, { port, env }] of Object.entries(services)) {
      expect(reading.entries.find(({ path }) => path.join(".") === `services.${name}.port`)?.value).toBe(port);
      for (const [variable, value] of Object.entries(env)) expect(reading.entries.find(({ path }) => path.join(".") === `services.${name}.env.${variable}`)?.value).toBe(value);
    }
  }), { numRuns: 100 });
});

test("whatever is detected is written as a file that loads", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const script = fc.tuple(fc.constantFrom("vite ", "node ", "next dev ", "PORT=1234 node "), text).map((parts) => parts.join(""));
  fc.assert(fc.property(script, fc.stringMatching(/^[^/\0]{1,8}$/), text, (dev, directory, line) => {
    const files = { [`${directory}/package.json`]: JSON.stringify({ scripts: { dev } }), "x/package.json": JSON.stringify({ scripts: { dev, worker: dev } }), "y/Procfile": `web: ${line}` };
    const reading = readYaml(proposedYaml(detect(treeOf(files))), "f", "repository");
    expect(reading.failures).toEqual([]);
  }), { numRuns: 200 });
});

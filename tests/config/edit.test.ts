import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../../src/model/failure.ts";
import { editedYaml } from "../../src/config/yaml-edit.ts";

const file = `# Ours. Ask before you change the ports.
version: 1

services:
  backend:   # the API
    dir: backend
    command: 'npm run dev'      # with --port?
    port: 8000
    env: { LOG_LEVEL: debug }

  frontend: { dir: frontend, command: npm run dev, port: 9000 }
requirements:
  redis: {}
# the end
`;

describe("one value is changed and every other byte stays", () => {
  test.each<readonly [title: string, path: string, value: string | number | readonly string[] | undefined, from: string, to: string]>([
    ["a number in a block", "services.backend.port", 8100, "port: 8000", "port: 8100"],
    ["text beside a comment", "services.backend.command", "npm start", "'npm run dev'  ", '"npm start"  '],
    ["a value in a flow map", "services.frontend.port", 9100, "port: 9000", "port: 9100"],
    ["a list", "services.backend.depends_on", ["redis"], "debug }\n", "debug }\n    depends_on: [redis]\n"],
    ["a new variable in a flow map", "services.backend.env.PORT", "{port}", "debug }", 'debug, PORT: "{port}" }'],
    ["a new key of an empty flow map", "requirements.redis.port", 6380, "redis: {}", "redis: { port: 6380 }"],
    ["a new requirement with a key", "requirements.postgres.version", 16, "redis: {}\n", "redis: {}\n  postgres:\n    version: 16\n"],
    ["a new variable in a service written as a flow map", "services.frontend.env.A", "b", "port: 9000 }", "port: 9000, env: { A: b } }"],
    ["a removed key of a block", "services.backend.dir", undefined, "    dir: backend\n", ""],
    ["a removed key in the middle of a flow map", "services.frontend.command", undefined, "command: npm run dev, ", ""],
    ["a removed last key of a flow map", "services.frontend.port", undefined, ", port: 9000", ""],
    ["a removed service", "services.frontend", undefined, "  frontend: { dir: frontend, command: npm run dev, port: 9000 }\n", ""],
    ["the only key of a block removed", "requirements.redis", undefined, "  redis: {}\n", "  {}\n"],
  ])("%s", (_title, path, value, from, to) => {
    const after = editedYaml(file, [{ path: path.split("."), ...(value === undefined ? {} : { value }) }]);
    expect(after).toBe(file.replace(from, to));
  });

  test("keys without a value, and an empty file, are filled", () => {
    expect(editedYaml("services:\nversion: 1\n", [{ path: ["services", "web", "command"], value: "run" }])).toBe("services:\n  web:\n    command: run\nversion: 1\n");
    expect(editedYaml("# nothing yet\n", [{ path: ["services", "web", "port"], value: 1 }])).toBe("# nothing yet\nservices:\n  web:\n    port: 1\n");
    expect(editedYaml("services: {}", [{ path: ["services", "web", "port"], value: 1 }])).toBe("services:\n  web:\n    port: 1\n");
  });

  test("a new key at the root comes after the others", () => {
    const after = editedYaml(file, [{ path: ["default_mode"], value: "trees" }]);
    expect(after.replace("default_mode: trees\n", "")).toBe(file);
    expect(after.indexOf("default_mode")).toBeGreaterThan(after.indexOf("redis"));
  });

  test("several changes build on each other", () => {
    const after = editedYaml(file, [{ path: ["services", "jobs", "command"], value: "work" }, { path: ["services", "jobs", "port"], value: "none" }, { path: ["services", "jobs", "command"] }]);
    expect(after).toBe(file.replace("port: 9000 }\n", "port: 9000 }\n  jobs:\n    port: none\n"));
  });
});

test.each<readonly [title: string, text: string, path: string, words: RegExp]>([
  ["through an alias", "a: &x { port: 1 }\nservices:\n  web: *x\n", "services.web.port", /alias/],
  ["in a file that is no YAML", "services: [", "services.a.port", /cannot be read/],
])("a change %s is refused", (_title, text, path, words) => {
  expect(() => editedYaml(text, [{ path: path.split("."), value: 2 }])).toThrow(UserError);
  expect(() => editedYaml(text, [{ path: path.split("."), value: 2 }])).toThrow(words);
});

test("removing a key that is not there is refused", () => {
  expect(() => editedYaml(file, [{ path: ["services", "backend", "live"] }])).toThrow(/not in the file/);
});

test("whatever is set is read back, and the rest stays as it was", () => {
  const names = fc.constantFrom("backend", "frontend", "worker", "a-b");
  const change = fc.record({ path: fc.tuple(fc.constant("services"), names, fc.constantFrom("dir", "command", "x")), value: fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.integer(), fc.boolean(), fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 })) });
  fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
    const after = editedYaml(file, changes);
    const wanted: { services: Record<string, Record<string, unknown>> } = parse(file) as never;
    for (const { path, value } of changes) (wanted.services[path[1]] ??= {})[path[2]] = value;
    expect(parse(after)).toEqual(wanted);
    expect(after).toContain("# Ours. Ask before you change the ports.");
    expect(after).toContain("# the end");
  }), { numRuns: 200 });
});

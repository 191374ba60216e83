import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashOf } from "../../src/model/hash.ts";
import { nearestName } from "../../src/model/nearest.ts";
import { hasSecret, masked, maskSecrets, resolveSecrets, secretReference } from "../../src/model/secrets.ts";
import { argvOf, expandTemplate, needsShell, splitWords } from "../../src/model/template.ts";
import { exitOfStatus, exitText, ownerMark, unitIdOf } from "../../src/model/unit.ts";

describe("templates", () => {
  const values = (name: string): string | undefined => ({ "postgres.url": "postgres://x", "project.name": "Main" })[name];

  test("holes are filled, and `$${` stays literal", () => {
    expect(expandTemplate("--port {port} ${postgres.url}/${ project.name } $${HOME}", values, 8000)).toEqual({ text: "--port 8000 postgres://x/Main ${HOME}", problems: [] });
  });

  test("a name without a value stays in the text and is reported", () => {
    const { text, problems } = expandTemplate("${redis.url} {port} ${}", values);
    expect(text).toBe("${redis.url} {port} ${}");
    expect(problems.map((one) => one.name)).toEqual(["redis.url", "port", ""]);
  });

  test("values are not expanded again", () => {
    expect(expandTemplate("${a.b}", () => "${c.d} {port}", 1).text).toBe("${c.d} {port}");
  });
});

describe("commands", () => {
  test.each([
    ["npm run dev -- --port {port}", false],
    ["node 'a file.js' \"and another\"", false],
    ["node server.js ${project.root}", false],
    ["echo $HOME", true],
    ["echo $${HOME}", true],
    ["echo ${HOME}", true],
    ["a && b", true],
    ["PORT=3 node x", true],
    ["ls *.ts", true],
    ["node x > log", true],
    ["node --flag=a=b", false],
    ["exit 4", true],
    ["executor run", false],
  ])("%s needs a shell: %s", (command, expected) => {
    expect(needsShell(command)).toBe(expected);
  });

  test("an argv runs as it is, plain words are split, shell syntax goes to a shell", () => {
    expect(argvOf(["a b", "$c"])).toEqual(["a b", "$c"]);
    expect(argvOf("node  'a b' c\\ d")).toEqual(["node", "a b", "c d"]);
    expect(argvOf("a | b")).toEqual(["/bin/sh", "-c", "a | b"]);
  });

  test("quoted words come back as they were, in either kind of quotes", () => {
    const single = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
    const double = (word: string): string => `"${word.replaceAll(/["\\$`]/g, "\\$&")}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.boolean())), (words) => {
        const command = words.map(([word, isSingle]) => (isSingle ? single(word) : double(word))).join(" ");
        expect(splitWords(command)).toEqual(words.map(([word]) => word));
      }),
    );
  });

  test("any text is split without an error", () => {
    fc.assert(fc.property(fc.string(), (text) => splitWords(text).every((word) => typeof word === "string")));
  });
});

describe("secrets", () => {
  const text = `postgres://u:${secretReference("Main/postgres", "password")}@h/db`;

  test("a reference is resolved by its key, or masked", () => {
    expect(hasSecret(text)).toBe(true);
    expect(resolveSecrets(text, (key) => `<${key}>`)).toBe("postgres://u:<Main/postgres/password>@h/db");
    expect(maskSecrets(text)).toBe(`postgres://u:${masked}@h/db`);
  });

  test("a value with replacement signs is put in as it is", () => {
    expect(resolveSecrets(text, () => "$& $1 $$")).toBe("postgres://u:$& $1 $$@h/db");
  });

  test("other text holds none, however often it is asked", () => {
    for (let times = 0; times < 3; times += 1) {
      expect(hasSecret("{{secret:}} {secret:a}")).toBe(false);
      expect(hasSecret(text)).toBe(true);
    }
  });
});

describe("exits", () => {
  const names = { 9: "SIGKILL", 15: "SIGTERM" };
  test.each([
    [0, "exit code 0"],
    [3, "exit code 3"],
    [128, "exit code 128"],
    [143, "signal SIGTERM"],
    [137, "signal SIGKILL"],
    [255, "exit code 255"],
  ])("shell status %i is %s", (status, text) => {
    expect(exitText(exitOfStatus(status, names))).toBe(text);
  });
  test("an end nobody saw is said to be one", () => expect(exitText({ kind: "unknown" })).toBe("an unseen end"));
});

describe("names and hashes", () => {
  test("ids and marks have their parts in order", () => {
    expect(unitIdOf("Main", "api")).toBe("Main/api");
    expect(ownerMark("repo-1", "Main/api", "run-2")).toBe("repo-1/Main/api/run-2");
  });

  test("a hash does not depend on the order of keys, and does on values and the order of items", () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: 2 }));
    expect(hashOf(["a", "b"])).not.toBe(hashOf(["b", "a"]));
    expect(hashOf({})).toMatch(/^[0-9a-f]{12}$/);
  });

  test("a slip is recognized, something else is not", () => {
    const names = ["backend", "frontend", "worker"];
    expect(nearestName("bakcend", names)).toBe("backend");
    expect(nearestName("Front-End", names)).toBe("frontend");
    expect(nearestName("database", names)).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });
});

/** `config`: a first file, single changes, the old form, the editor; what a person wrote stays as it was. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { shopRun, type Answer, type ShopOptions, type ShopRun } from "./shop-run.ts";

const main = 'package main\nfunc main() { http.ListenAndServe(":"+os.Getenv("PORT"), nil) }\n';

const written = `# Ours; ask before you change the ports.
services:
  backend:
    command: npm start   # in the foreground
    port: 8000
  worker: { command: npm run worker }
`;

interface Place extends ShopRun {
  readonly file: string;
  readonly text: () => string;
}

function place(options: ShopOptions = {}): Place {
  const shop = shopRun(onTestFinished, { hasRun: false, ...options });
  const file = join(shop.repository, ".envctl");
  return { ...shop, file, text: () => readFileSync(file, "utf8") };
}

function report(answer: Answer): { readonly saved: boolean; readonly diff: readonly string[]; readonly services: readonly { readonly guess: string | null }[] } {
  expect(schemaProblems("config-command", JSON.parse(answer.stdout)), answer.stderr).toEqual([]);
  return JSON.parse(answer.stdout) as ReturnType<typeof report>;
}

describe("config --detect", () => {
  test("is shown, kept with --write, and never written over a file", async () => {
    const shop = place();
    const refused = await shop.command("config", "--detect", "--write");
    expect([refused.exit, refused.stderr]).toEqual([3, `${shop.file} exists already and is left as it is.\n  → Without --write the proposal is only printed.\n`]);
    rmSync(shop.file);
    expect((await shop.command("config", "--detect", "--write")).exit).toBe(1);
    writeFileSync(join(shop.repository, "go.mod"), "module x\n");
    writeFileSync(join(shop.repository, "main.go"), main);
    expect((await shop.command("config", "--detect")).stdout).toContain("go run .");
    expect(existsSync(shop.file)).toBe(false);
    expect(report(await shop.command("config", "--detect", "--write", "--json"))).toMatchObject({ saved: true, services: [{ name: "backend", port: 8000, guess: null }] });
    expect(shop.text()).toContain('command: "go run ."');
  });

  test("replaces a file that says nothing, and keeps its comments", async () => {
    for (const [before, first] of [["", "# Configuration"], ["# mine\n\n  # too\n", "# mine\n\n  # too\n\n# Configuration"]] as const) {
      const shop = place({ configuration: before });
      writeFileSync(join(shop.repository, "Procfile"), "web: ./serve $PORT\n");
      expect((await shop.command("config", "--detect", "--write")).exit).toBe(0);
      expect(shop.text().startsWith(first)).toBe(true);
    }
  });
});

describe("single values", () => {
  test("--set and --unset change their lines, show the difference, and touch no other file", async () => {
    const shop = place({ configuration: written });
    const before = readdirSync(shop.repository);
    const args = ["config", "--set", "services.backend.port=8100", "--set", "services.backend.ready.timeout=2m", "--unset", "services.worker"];
    const shown = await shop.command(...args, "--dry-run");
    expect(shown.stdout).toBe(`    backend:
      command: npm start   # in the foreground
-     port: 8000
-   worker: { command: npm run worker }
+     port: 8100
+     ready:
+       timeout: 2m
nothing was written
`);
    expect(shop.text()).toBe(written);
    expect(report(await shop.command(...args, "--json")).saved).toBe(true);
    expect(shop.text()).toBe(written.replace("8000\n", "8100\n    ready:\n      timeout: 2m\n").replace("  worker: { command: npm run worker }\n", ""));
    expect(readdirSync(shop.repository)).toEqual(before);
    expect((await shop.command("config", "--set", "services.backend.port=8100")).stdout).toContain("says so already");
  });

  test.each<readonly [title: string, args: readonly string[], words: string]>([
    ["an unknown key", ["--set", "services.backend.prot=1"], "did you mean `port`?"],
    ["a value of the wrong kind", ["--set", "services.backend.port=high"], "must be a port number"],
    ["a value that makes the whole wrong", ["--set", "services.backend.depends_on=nobody"], "nobody"],
    ["a key that is not there", ["--unset", "services.backend.live"], "is not in the file"],
    ["nothing to do", [], "envctl config --detect"],
  ])("%s is refused, and the file stays", async (_title, args, words) => {
    const shop = place({ configuration: written });
    const { exit, stderr } = await shop.command("config", ...args);
    expect([exit, stderr.includes(words), shop.text()], stderr).toEqual([1, true, written]);
  });
});

describe("the KEY=value form", () => {
  const legacy = "# our ports\nBACKEND_DIR=api\nBACKEND_PORT_BASE=8200\nENVCTL_BACKEND_START_CMD=npm start\nFRONTEND_DIR=\nMAIN_FRONTEND_ENABLE=false\nTREES_FRONTEND_ENABLE=false\nMAIN_REDIS_ENABLE=true\nTREES_REDIS_ENABLE=true\n";

  test("is not changed, but rewritten as YAML that means the same", async () => {
    const shop = place({ configuration: legacy });
    const settings = async (): Promise<unknown> => Object.fromEntries(Object.entries((await shop.runtime.resolveConfig({})).settings).map(([key, { text }]) => [key, text]));
    const before = await settings();
    expect((await shop.command("config", "--set", "services.backend.port=1")).stderr).toContain("envctl config migrate");
    expect(report(await shop.command("config", "migrate", "--json")).saved).toBe(true);
    expect(shop.text()).toContain("# our ports\n");
    expect(shop.text()).toMatch(/^services:\n {2}backend:\n/m);
    expect(await settings()).toEqual(before);
    expect((await shop.command("config", "migrate")).exit).toBe(3);
  });
});

describe("the editor", () => {
  test("a good text is kept, a wrong one is not, and a copy of it stays", async () => {
    const good = place({ configuration: written, environment: { EDITOR: "sed -i s/8000/8300/" } });
    expect((await good.command("config", "edit")).stdout).toContain("+     port: 8300");
    expect(good.text()).toContain("port: 8300");
    const bad = place({ configuration: written, environment: { VISUAL: "sed -i s/8000/high/" } });
    const { exit, stderr } = await bad.command("config", "edit");
    const copy = /The edited text is in (\S+)\./.exec(stderr)?.[1] ?? "";
    onTestFinished(() => rmSync(join(copy, ".."), { recursive: true }));
    expect([exit, bad.text(), readFileSync(copy, "utf8").includes("high")]).toEqual([1, written, true]);
  });
});

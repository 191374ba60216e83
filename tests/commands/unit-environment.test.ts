import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { completionWords } from "../../src/commands/completion.ts";
import { bashScript, fishScript, zshScript } from "../../src/commands/completion-scripts.ts";
import { commands } from "../../src/commands/table.ts";
import { maskedValue } from "../../src/commands/mask.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { shopRun } from "./shop-run.ts";
import { execFileSync, spawnSync } from "node:child_process";

describe("env", () => {
  test("hides secrets unless told to reveal them, as lines a shell can read", async () => {
    const shop = shopRun(onTestFinished);
    expect((await shop.command("env", "backend")).stdout).toBe("API_TOKEN='********'\nDATABASE_URL='postgresql://app:********@127.0.0.1:5432/app'\nGREETING='hello Main'\nPORT=8000\n");
    expect((await shop.command("env", "backend", "--reveal")).stdout).toBe("API_TOKEN=abc123\nDATABASE_URL=postgresql://app:s3cret@127.0.0.1:5432/app\nGREETING='hello Main'\nPORT=8000\n");
    expect((await shop.command("env", "backend", "--all")).stdout).toContain("INHERITED=yes\n");
  });

  test.each([
    ["DB_PASSWORD", "x", "********"], ["SECRET_KEY", "x", "********"], ["KEYBOARD", "qwerty", "qwerty"], ["AUTHOR", "me", "me"], ["TOKENS_PER_MINUTE", "5", "5"],
    ["URL", "redis://:pw@h:1", "redis://:********@h:1"], ["URL", "http://h:80/a@b", "http://h:80/a@b"], ["EMPTY_TOKEN", "", ""],
  ])("%s=%s is shown as %s", (name, value, shown) => expect(maskedValue(name, value)).toBe(shown));
});

describe("exec", () => {
  test("runs with the unit's environment in its directory, and hands the exit code on", async () => {
    const shop = shopRun(onTestFinished);
    const script = join(shop.repository, "write.sh");
    writeFileSync(script, 'printf "%s|%s|%s|%s|%s" "$DATABASE_URL" "$GREETING" "$INHERITED" "${ENVCTL_OWNER-unset}" "$PWD" > out.txt; exit 7\n');
    const { exit, stdout } = await shop.command("exec", "backend", "--json", "--", "/bin/sh", script);
    expect([exit, JSON.parse(stdout)]).toMatchObject([7, { exit_code: 7, signal: null, ok: false, unit_id: "Main/backend" }]);
    expect(readFileSync(join(shop.repository, "out.txt"), "utf8")).toBe(`postgresql://app:s3cret@127.0.0.1:5432/app|hello Main|yes|unset|${shop.repository}`);
  });

  test("a signal becomes 128 and its number", async () => {
    expect((await shopRun(onTestFinished).command("exec", "worker", "--", "/bin/sh", "-c", "kill -9 $$")).exit).toBe(137);
  });

  test("says what is missing", async () => {
    const shop = shopRun(onTestFinished);
    expect(await shop.command("exec", "backend")).toMatchObject({ exit: 1, stderr: "exec needs a command to run.\n  → Write it after two dashes: envctl exec backend -- CMD\n" });
    expect((await shop.command("exec", "backend", "--", "/no/such/program")).stderr).toContain('"/no/such/program" could not be run');
    expect((await shop.command("exec", "bcakend", "--", "true")).exit).toBe(2);
  });
});

describe("completion", () => {
  const words = completionWords(commands);

  test("bash accepts its script, and completes commands and options", () => {
    const script = `${bashScript(words)}
COMP_WORDS=(envctl sta); COMP_CWORD=1; _envctl; echo "\${COMPREPLY[*]}"
COMP_WORDS=(envctl logs --fo); COMP_CWORD=2; _envctl; echo "\${COMPREPLY[*]}"
COMP_WORDS=(envctl daemon re); COMP_CWORD=2; _envctl; echo "\${COMPREPLY[*]}"`;
    expect(execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } })).toBe("start status\n--follow\nrestart\n");
  });

  test.each([["zsh", zshScript(words)], ["fish", fishScript(words)]])("%s accepts its script, where it is installed", (shell, script) => {
    const directory = temporaryDirectory(onTestFinished, "shell");
    const check = spawnSync(shell, ["-n", "-c", script], { encoding: "utf8", env: { ...process.env, HOME: directory, TMPDIR: directory } });
    expect(check.error === undefined ? check.stderr : "").toBe("");
  });

  test("names come from the latest run", async () => {
    const shop = shopRun(onTestFinished);
    expect((await shop.command("__complete", "projects")).stdout).toBe("Main\nfeature\n");
    expect((await shop.command("__complete", "units")).stdout).toContain("worker\n");
  });
});

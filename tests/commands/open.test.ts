/** `open`, and the topics of `help`. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { manPage } from "../../src/contracts/man-page.ts";
import { commands } from "../../src/commands/table.ts";
import { topics } from "../../src/commands/topics.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { shopRun } from "./shop-run.ts";

describe("open", () => {
  test("gives the URL of the frontend, or of the service named, to the browser", async () => {
    const directory = temporaryDirectory(onTestFinished, "browser");
    const browser = join(directory, "browser");
    writeFileSync(browser, `#!/bin/sh\necho "$1" >> '${directory}/opened'\n`);
    chmodSync(browser, 0o755);
    const shop = shopRun(onTestFinished, { environment: { BROWSER: browser } });
    const { exit, stdout } = await shop.command("open", "--json");
    expect([exit, schemaProblems("open", JSON.parse(stdout)), JSON.parse(stdout)]).toEqual([0, [], { contract_version: "envctl.open.v1", unit_id: "Main/frontend", url: "http://localhost:9000", opened: true }]);
    expect((await shop.command("open", "Main/backend")).stdout).toBe("opened http://localhost:8000 of Main/backend\n");
    expect((await shop.command("open", "feature/backend", "--dry-run")).stdout).toBe("http://localhost:8021\n");
    expect(readFileSync(join(directory, "opened"), "utf8")).toBe("http://localhost:9000\nhttp://localhost:8000\n");
  });

  test("a browser that stays is left alone", async () => {
    const directory = temporaryDirectory(onTestFinished, "browser");
    const browser = join(directory, "browser");
    writeFileSync(browser, `#!/bin/sh\necho $$ > '${directory}/pid'\nexec sleep 600\n`, { mode: 0o755 });
    const shop = shopRun(onTestFinished, { environment: { BROWSER: browser } });
    onTestFinished(() => void process.kill(Number(readFileSync(join(directory, "pid"), "utf8")), "SIGKILL"));
    expect((await shop.command("open")).stdout).toBe("opened http://localhost:9000 of Main/frontend\n");
  });

  test("what has no URL, and a browser that is not there, are told", async () => {
    const shop = shopRun(onTestFinished, { environment: { BROWSER: "/nowhere/browser" } });
    expect(await shop.command("open", "worker")).toMatchObject({ exit: 2, stderr: expect.stringContaining("has no URL") as string });
    expect(await shop.command("open")).toMatchObject({ exit: 1, stderr: expect.stringContaining("--dry-run") as string });
  });
});

test("help knows every topic its overview names, and the man page every command and topic", async () => {
  const shop = shopRun(onTestFinished, { hasRun: false });
  const overview = (await shop.command("help")).stdout;
  const page = manPage(commands);
  for (const { name, about } of topics) {
    expect(overview).toContain(name);
    expect((await shop.command("help", name)).stdout).toContain(about);
    expect(page).toContain(`.SH ${name.replaceAll("-", String.raw`\-`).toUpperCase()}`);
  }
  for (const row of commands.filter(({ isHidden }) => isHidden !== true)) expect(page).toContain(`.SS envctl ${row.name.replaceAll("-", String.raw`\-`)}`);
  expect(page.split("\n").filter((line) => /^['.](?![A-Z]+\b|\\)/.test(line) && !/^\.(?:nf|fi)$/.test(line))).toEqual([]);
  expect((await shop.command("help", "ports-and-more")).exit).toBe(2);
});

/** Crashes told of on the desktop: by a program of the system, only where it is asked for, and not again and again. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notificationCommand } from "../../src/engine/notifications.ts";
import { eventually } from "../rig/wait.ts";
import { workshop, type Workshop } from "./workshop.ts";

/** A service that ends at once after it was ready, and a desktop whose notifications are lines of a file. */
async function crashing(notify: boolean, exitCode = 0): Promise<{ readonly shop: Workshop; readonly told: () => string }> {
  const shop = await workshop({ api: { command: "sh -c 'exit 3'", ready: "none", restart: { strategy: "fixed", base: "10ms", max: 2, when: "always" } } }, { configuration: { notify } });
  const programs = join(shop.directory, "programs");
  const file = join(shop.directory, "told.txt");
  mkdirSync(programs, { recursive: true });
  for (const name of ["notify-send", "osascript"]) {
    writeFileSync(join(programs, name), `#!/bin/sh\necho "$@" >> '${file}'\nexit ${exitCode}\n`);
    chmodSync(join(programs, name), 0o755);
  }
  await shop.submit("start", { caller: { directory: shop.repository, environment: { PATH: `${programs}:${process.env["PATH"] ?? ""}` } } });
  await eventually(() => shop.life("api")?.status === "failed", "the end of the restarts");
  return { shop, told: () => (existsSync(file) ? readFileSync(file, "utf8") : "") };
}

test("a crash is told of once, however often the unit is restarted", async () => {
  const { shop, told } = await crashing(true);
  await eventually(() => told() !== "", "the notification");
  expect(told()).toContain("Main/api");
  expect(told().trim().split("\n")).toHaveLength(1);
  expect(shop.events.filter(({ type }) => type === "unit_crashed").length).toBeGreaterThan(1);
});

test("a notification that fails is a warning; without `notify` nothing is told", async () => {
  const { shop } = await crashing(true, 7);
  await eventually(() => shop.events.some((event) => event.type === "warning" && event.code === "notification_failed"), "the warning");
  const quiet = await crashing(false);
  await quiet.shop.submit("stop");
  expect(quiet.told()).toBe("");
});

test("words from outside cannot become options or code", () => {
  expect(notificationCommand("linux", "Main/api", "--icon=x")).toEqual(["notify-send", "--app-name=envctl", "--urgency=critical", "--", "Main/api", "--icon=x"]);
  expect(notificationCommand("darwin", "Main/api", 'a "b" \\')).toEqual(["osascript", "-e", 'display notification "a \\"b\\" \\\\" with title "Main/api"']);
});

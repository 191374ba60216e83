import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../rig/wait.ts";
import { pidOf, workshop, type Workshop } from "./workshop.ts";

/** Ended before its front shell has begun the program, a unit outlives its grace: a short one. */
const sleeper = { command: ["sleep", "60"], watch: ["src/**/*.ts"], stop: { grace: "500ms" } };

function write(shop: Workshop, path: string, text = "x"): void {
  shop.write(path, text);
}

/** Why the unit was planned, in order; the first is its start. */
function reasons(shop: Workshop, name: string): readonly string[] {
  return shop.events.flatMap((event) => (event.type === "unit_planned" && event.unitId === `Main/${name}` ? [event.because] : []));
}

function readyCount(shop: Workshop, name: string): number {
  return shop.events.filter((event) => event.type === "unit_ready" && event.unitId === `Main/${name}`).length;
}

/** Until it is ready for the n-th time. */
async function readyAgain(shop: Workshop, count: number, name = "api"): Promise<void> {
  await eventually(() => readyCount(shop, name) === count, `start ${count} of ${name}`);
}

describe("a changed file", () => {
  test("restarts the unit that watches it, alone and once for a burst, and names it", async () => {
    const shop = await workshop({ api: sleeper, other: { command: ["sleep", "60"] } });
    write(shop, "src/a.ts");
    await shop.submit("start");
    const [before, other] = [pidOf(shop.life("api")), pidOf(shop.life("other"))];
    for (let count = 0; count < 50; count += 1) write(shop, `src/${count}.ts`);
    await readyAgain(shop, 2);
    // The second one comes only after everything the first burst caused.
    write(shop, "src/a.ts", "y");
    await readyAgain(shop, 3);
    expect(reasons(shop, "api").slice(1)).toEqual([expect.stringMatching(/^src\/\d+\.ts and \d+ more changed$/), "src/a.ts changed"]);
    expect(pidOf(shop.life("api"))).not.toBe(before);
    expect(pidOf(shop.life("other"))).toBe(other);
  });

  test("counts neither in node_modules and .git nor where no glob leads", async () => {
    const shop = await workshop({ api: { ...sleeper, watch: ["**/*.ts"] } });
    write(shop, "node_modules/a/index.ts");
    await shop.submit("start");
    for (const path of ["node_modules/a/index.ts", "node_modules/b/index.ts", ".git/c.ts", "lib/node_modules/d.ts", "notes.md"]) write(shop, path, "changed");
    write(shop, "lib/last.ts");
    await readyAgain(shop, 2);
    expect(reasons(shop, "api").slice(1)).toEqual(["lib/last.ts changed"]);
  });

  test("is noticed in directories that come, are renamed, or go", async () => {
    const shop = await workshop({ api: sleeper });
    await shop.submit("start");
    write(shop, "src/deep/er/new.ts");
    await readyAgain(shop, 2);
    write(shop, "src/deep/er/new.ts", "again");
    await readyAgain(shop, 3);
    renameSync(join(shop.repository, "src/deep"), join(shop.repository, "src/elsewhere"));
    await readyAgain(shop, 4);
    write(shop, "src/elsewhere/er/new.ts", "and again");
    await readyAgain(shop, 5);
    rmSync(join(shop.repository, "src"), { recursive: true });
    await readyAgain(shop, 6);
    expect(reasons(shop, "api")[4]).toBe("src/elsewhere/er/new.ts changed");
  });
});

describe("a unit that is restarted for its files", () => {
  test("is restarted once more for what changed meanwhile, never twice at once", async () => {
    const shop = await workshop({ api: { ...sleeper, command: ["/bin/sh", "-c", "until [ -e go ]; do sleep 0.01; done; echo up; exec sleep 60"], ready: { log: "up" } } });
    write(shop, "src/a.ts");
    write(shop, "go");
    await shop.submit("start");
    rmSync(join(shop.repository, "go"));
    write(shop, "src/a.ts", "1");
    await eventually(() => shop.life("api")?.status === "started" && reasons(shop, "api").length === 2, "the restart");
    write(shop, "src/b.ts", "2");
    write(shop, "src/c.ts", "2");
    write(shop, "go");
    await readyAgain(shop, 3);
    expect(reasons(shop, "api").slice(1)).toEqual(["src/a.ts changed", expect.stringContaining("changed")]);
    const types = shop.events.flatMap((event) => (event.type === "unit_starting" || event.type === "unit_stopped" ? [event.type] : []));
    expect(types).toEqual(["unit_starting", "unit_stopped", "unit_starting", "unit_stopped", "unit_starting"]);
  });

  test("comes back by an edit after it was given up, and no crash is counted for it", async () => {
    const shop = await workshop({ api: { ...sleeper, command: ["/bin/sh", "src/run.ts"], ready: { log: "up" }, restart: { strategy: "immediate", max: 1 } } });
    write(shop, "src/run.ts", "echo up; until [ -e go ]; do sleep 0.01; done; exit 1");
    await shop.submit("start");
    write(shop, "go");
    await eventually(() => shop.events.some((event) => event.type === "unit_failed" && event.failure.reason === "restart_limit"), "giving up");
    const counted = shop.engine.store.state()?.units["Main/api"]?.restarts;
    const known = readyCount(shop, "api");
    write(shop, "src/run.ts", "echo up; exec sleep 60");
    await readyAgain(shop, known + 1);
    expect(shop.life("api")?.status).toBe("ready");
    expect(counted).toHaveLength(1);
    expect(shop.engine.store.state()?.units["Main/api"]?.restarts).toEqual(counted);
  });

  test("is not counted as crashed, and waits for the next edit when it does not come up", async () => {
    const shop = await workshop({ api: { ...sleeper, command: ["/bin/sh", "src/run.ts"], ready: { log: "up" } } });
    write(shop, "src/run.ts", "echo up; exec sleep 60");
    await shop.submit("start");
    write(shop, "src/run.ts", "exit 7");
    await eventually(() => shop.life("api")?.status === "failed", "the failed restart");
    write(shop, "src/run.ts", "echo up; exec sleep 60 # mended");
    await readyAgain(shop, 2);
    expect(shop.events.filter((event) => event.type === "unit_crashed" || event.type === "unit_restarting")).toEqual([]);
  });

});

describe("a unit that watches files", () => {
  test("stays down when it is stopped meanwhile, and is not followed any more", async () => {
    const patient = "trap '' TERM; until [ -e end ]; do sleep 0.01; done";
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", patient], watch: ["*.ts"] }, other: { command: ["sleep", "60"], watch: ["*.ts"] } });
    await shop.submit("start");
    write(shop, "a.ts");
    await eventually(() => shop.life("api")?.status === "stopping", "the end for the file");
    const stop = shop.submit("stop", { services: ["api"] });
    write(shop, "end");
    await stop;
    await readyAgain(shop, 2, "other");
    write(shop, "a.ts", "after the stop");
    await readyAgain(shop, 3, "other");
    expect(shop.life("api")?.status).toBe("stopped");
    expect(readyCount(shop, "api")).toBe(1);
  });

  test("is watched again by the next daemon", async () => {
    const shop = await workshop({ api: sleeper });
    write(shop, "src/a.ts");
    await shop.submit("start");
    const next = await shop.replaced();
    write(next, "src/a.ts", "changed");
    await readyAgain(next, 1);
    expect(reasons(next, "api")).toEqual(["src/a.ts changed"]);
  });
});

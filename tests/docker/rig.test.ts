/** The rig's promise about interrupted runs. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { observeMachine } from "../../src/host/machine.ts";
import { handleOfProcess, processTableOf } from "../../src/host/process-table.ts";
import { endInterrupted, writeRecord } from "../rig/docker-engine-end.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

const machine = observeMachine();
const table = processTableOf(machine);

test("the engine of an interrupted run is ended by the next, one whose run goes on is not", async ({ skip }) => {
  if (machine.platform !== "linux" || !machine.isRoot) skip("namespaces need Linux and root");
  const directory = temporaryDirectory(onTestFinished, "rig");
  const engines = ["interrupted", "running"].map((name) => {
    mkdirSync(join(directory, name, "docker"), { recursive: true });
    const child = spawn("unshare", ["--pid", "--fork", "--kill-child", "sh", "-c", "sleep 1000 & sleep 1000"], { cwd: directory, stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    return { name, child, place: join(directory, name, "docker") };
  });
  const me = handleOfProcess(table, machine, process.pid);
  for (const { name, child, place } of engines) {
    await eventually(() => table.children(child.pid ?? -1).some((pid) => table.children(pid).length === 2), "the processes of the engine");
    const handle = handleOfProcess(table, machine, child.pid ?? -1);
    if (me === undefined || handle === undefined) throw new Error("a living process has a handle");
    const runner = name === "running" ? me : { ...me, startTime: "0" };
    writeRecord(name, { directory: place, process: handle, runner, networks: [], controlGroup: `envctl-test-${name}` }, join(directory, "records"));
  }
  endInterrupted(join(directory, "records"));
  const lives = (): readonly string[] => table.rows().map(({ pid }) => table.describe(pid)).filter((one) => one.directory === directory && one.command === "sleep 1000").map(() => "sleep");
  await eventually(() => lives().length === 2, "the end of the first engine's processes");
  expect(engines.map(({ place }) => existsSync(join(place, "..")))).toEqual([false, true]);
  expect(engines.map(({ child }) => table.row(child.pid ?? -1) !== undefined)).toEqual([false, true]);
});

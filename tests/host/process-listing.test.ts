/** Who may ask other programs about processes: nobody on Linux; on macOS one question for any number of units. */
import { describe, expect, test } from "vitest";
import { observeMachine } from "../../src/host/machine.ts";
import type { ProcessRow, ProcessTable } from "../../src/host/process-row.ts";
import { handleOfProcess, judgeTogether, processTableOf } from "../../src/host/process-table.ts";
import { sourceFiles } from "../rig/source-files.ts";

describe("ps, lsof and pgrep", () => {
  test("are known to the files of macOS alone", () => {
    // Commands name a command of our own `ps`.
    const files = sourceFiles("src").filter((file) => !file.path.startsWith("src/commands/"));
    const asking = files.filter((file) => /["'`](\/[\w/]*\/)?(ps|lsof|pgrep)["'`]/.test(file.text)).map((file) => file.path);
    expect(asking).toEqual(["src/host/process-table-darwin.ts", "src/host/sockets.ts"]);
  });

  test("are asked once for all units of a look", () => {
    let readings = 0;
    const rows: readonly ProcessRow[] = [1, 2, 3].map((pid) => ({ pid, name: "node", cpuMs: 0, residentBytes: 0, parent: 0, group: pid, session: pid, startTime: `t${pid}` }));
    const table: ProcessTable = {
      ...processTableOf(observeMachine()),
      rows: () => {
        readings += 1;
        return rows;
      },
      row: () => { throw new Error("one question for each unit"); },
    };
    const machine = { ...observeMachine(), platform: "darwin" as const };
    const judge = judgeTogether(table, machine);
    const { bootId, pidNamespace } = machine;
    expect([1, 2, 3, 4].map((pid) => judge({ pid, startTime: `t${pid}`, bootId, pidNamespace }))).toEqual(["alive", "alive", "alive", "dead"]);
    expect(readings).toBe(1);
  });
});

test("a living process judges itself alive, and dead after a boot", () => {
  const machine = observeMachine();
  const table = processTableOf(machine);
  const me = handleOfProcess(table, machine, process.pid);
  if (me === undefined) throw new Error("no such process");
  expect(judgeTogether(table, machine)(me)).toBe("alive");
  expect(judgeTogether(table, machine)({ ...me, bootId: "another" })).toBe("dead");
});

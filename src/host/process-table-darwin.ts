/** The same table on macOS, through `ps` and `lsof`. One subprocess a question; written, not tried on a Mac. */
import type { ProcessRow, ProcessTable } from "./process-row.ts";
import { rowOfPsLine } from "./process-stat.ts";

export const darwinProcessTable: ProcessTable = {
  row: (pid) => rowsOf(["-p", String(pid)])[0],
  rows: () => rowsOf(["-ax"]),
  // Whoever ps leaves out, it has read all the same.
  readings: () => ({ row: darwinProcessTable.row, rows: () => rowsOf(["-ax"]), leaveOut: () => undefined, leaveOutNobody: () => undefined, close: () => undefined }),
  mark: (pid) => variable(pid, "ENVCTL_OWNER"),
  marks: () => new Map(output("/bin/ps", ["axeww", "-o", "pid=,command="]).split("\n").flatMap(markIn)),
  variable,
  userId: (pid) => {
    const id = output("/bin/ps", ["-o", "uid=", "-p", String(pid)]).trim();
    return id === "" ? undefined : Number(id);
  },
  children: (pid) => output("/usr/bin/pgrep", ["-P", String(pid)]).split("\n").filter((line) => line !== "").map(Number),
  ageMs: (startTime) => Math.max(0, Date.now() - Date.parse(startTime)),
  // Only lsof(8) tells, far too slowly to be asked again and again.
  descriptors: () => undefined,
  describe: (pid) => {
    const directory = /^n(.*)$/m.exec(output("/usr/sbin/lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"]))?.[1];
    return { command: output("/bin/ps", ["-o", "command=", "-p", String(pid)]).trim(), ...(directory === undefined ? {} : { directory }) };
  },
};

function markIn(line: string): readonly (readonly [number, string])[] {
  const [, pid, mark] = /^\s*(\d+) .* ENVCTL_OWNER=(\S+)/.exec(line) ?? [];
  return pid === undefined || mark === undefined ? [] : [[Number(pid), mark]];
}

/** `ps` shows environments of the user's own processes only, and a value up to its first blank. */
function variable(pid: number, name: string): string | undefined {
  return new RegExp(` ${name}=(\\S+)`).exec(output("/bin/ps", ["eww", "-o", "command=", "-p", String(pid)]))?.[1];
}

function rowsOf(selection: readonly string[]): readonly ProcessRow[] {
  const text = output("/bin/ps", [...selection, "-o", "pid=,ppid=,pgid=,stat=,time=,rss=,lstart=,ucomm="]);
  return text.split("\n").flatMap((line) => rowOfPsLine(line) ?? []);
}

function output(program: string, args: readonly string[]): string {
  try {
    return process.getBuiltinModule("node:child_process").execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 5000 });
  } catch {
    return "";
  }
}

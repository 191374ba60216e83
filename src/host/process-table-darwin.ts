/** The same table on macOS, through `ps` and `lsof`. One subprocess a question; written, not tried on a Mac. */
import type { ProcessRow, ProcessTable } from "./process-row.ts";

export const darwinProcessTable: ProcessTable = {
  row: (pid) => rowsOf(["-p", String(pid)])[0],
  rows: () => rowsOf(["-ax"]),
  mark: (pid) => variable(pid, "ENVCTL_OWNER"),
  marks: () => new Map(output("/bin/ps", ["axeww", "-o", "pid=,command="]).split("\n").flatMap(markIn)),
  variable,
  userId: (pid) => {
    const id = output("/bin/ps", ["-o", "uid=", "-p", String(pid)]).trim();
    return id === "" ? undefined : Number(id);
  },
  children: (pid) => output("/usr/bin/pgrep", ["-P", String(pid)]).split("\n").filter((line) => line !== "").map(Number),
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
  return output("/bin/ps", [...selection, "-o", "pid=,ppid=,pgid=,sess=,stat=,lstart="])
    .split("\n")
    .flatMap((line) => {
      const [pid, parent, group, , state, ...started] = line.trim().split(/\s+/);
      if (pid === undefined || state === undefined || state.startsWith("Z")) return [];
      // `sess` is an address on macOS; the group leader stands in for the session, which is true for units.
      return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group), startTime: started.join(" ") }];
    });
}

function output(program: string, args: readonly string[]): string {
  try {
    return process.getBuiltinModule("node:child_process").execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 5000 });
  } catch {
    return "";
  }
}

/** Which living processes belong to a directory of a test: they work in it, name it, or carry it in their environment. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Variable the rig puts into the environment of everything it starts. */
export const stageMark = "ENVCTL_TEST_STAGE";

/** Zombies count as dead. The caller itself and its parent are left out. */
export function processesOf(directory: string): readonly FoundProcess[] {
  const found = process.platform === "linux" ? linuxProcesses(directory) : listedProcesses(directory);
  return found.filter(({ pid }) => pid !== process.pid && pid !== process.ppid);
}

function linuxProcesses(directory: string): readonly FoundProcess[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const command = readOr(() => readFileSync(`/proc/${name}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    return command !== "" && belongs(name, command, directory) ? [{ pid: Number(name), command }] : [];
  });
}

function belongs(pid: string, command: string, directory: string): boolean {
  const environment = () => readOr(() => readFileSync(`/proc/${pid}/environ`, "utf8")).split("\0");
  const workingDirectory = () => readOr(() => readlinkSync(`/proc/${pid}/cwd`));
  return (
    command.includes(directory) ||
    isInside(workingDirectory(), directory) ||
    environment().some((line) => line.startsWith(`${stageMark}=`) && isInside(line.slice(stageMark.length + 1), directory))
  );
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Without /proc only the command lines can be looked at. */
function listedProcesses(directory: string): readonly FoundProcess[] {
  const lines = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(directory)).map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+\s+/, "") }));
}

/** Processes whose parent it is, as long as they live. */
export function childrenOf(pid: number): readonly number[] {
  return readOr(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")).split(" ").filter((word) => word !== "").map(Number);
}

/** True while the process lives; zombies count as dead. */
export function isAlive(pid: number): boolean {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return stat !== "" && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

/** A process may end between two looks; it then has nothing to tell. */
function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

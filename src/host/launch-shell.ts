/** A helper `sh` that forks units on request, one line of shell text each. It ends when its input closes; units do not. */
import { spawn } from "node:child_process";
import { frontShell, type LaunchRequest } from "./front-shell.ts";

export interface LaunchShell {
  launch(request: LaunchRequest): Promise<number>;
  reap(): void;
  isUsable(): boolean;
  close(): void;
}

interface Waiting {
  readonly resolve: (pid: number) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the shell; its environment is empty, so a unit gets exactly what it was given. */
export function createLaunchShell(): LaunchShell {
  const child = spawn("/bin/sh", ["-s"], { cwd: "/", env: {}, stdio: ["pipe", "pipe", "ignore"], detached: true });
  const waiting = new Map<string, Waiting>();
  let sequence = 0;
  let isUsable = true;
  const fail = (): void => {
    isUsable = false;
    for (const one of waiting.values()) one.reject(new Error("the launch shell ended"));
    waiting.clear();
  };
  child.once("error", fail);
  child.once("exit", fail);
  child.stdin.on("error", fail);
  child.unref();
  child.stdin.write(findPrograms);
  onLines(child.stdout, (line) => {
    const [token = "", pid = ""] = line.split(" ");
    waiting.get(token)?.resolve(Number(pid));
    waiting.delete(token);
  });
  return {
    launch: (request) =>
      new Promise((resolve, reject) => {
        sequence += 1;
        waiting.set(String(sequence), { resolve, reject });
        child.stdin.write(launchLine(String(sequence), request));
      }),
    // A plain `jobs` collects ended children without starting a process.
    reap: () => void (isUsable && child.stdin.write("jobs >/dev/null\n")),
    isUsable: () => isUsable,
    close: () => child.stdin.end(),
  };
}

function onLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}

/**
 * Programs looked up once with the system's PATH, since the unit's own need not lead to them. A shell without job control
 * has its background jobs ignore SIGINT and SIGQUIT for good; env(1) of GNU, where it is that, gives them back.
 */
const findPrograms =
  "_envctl_umask=$(umask); _envctl_setsid=$(command -v setsid); _envctl_env=$(command -v env); " +
  '"$_envctl_env" --default-signal=INT true 2>/dev/null || _envctl_env=\n';

const defaultSignals = '${_envctl_env:+"$_envctl_env"} ${_envctl_env:+"--default-signal=INT,QUIT"}';

/**
 * The subshell execs env, then setsid, then the front shell: one process, whose pid is `$!`. A background subshell of a
 * script never leads a process group, so setsid(1) does not fork. A directory that cannot be entered is told in the
 * log, and in the status, as a program that cannot be run would be.
 */
function launchLine(token: string, request: LaunchRequest): string {
  const command = ["/bin/sh", "-c", frontShell, "envctl", request.statusPath, ...request.command];
  const exports = Object.entries(request.environment).map(([name, value]) => `${name}=${quoted(value)}`);
  return (
    `( umask 077; exec </dev/null >>${quoted(request.logPath)} 2>&1; umask "$_envctl_umask"; cd ${quoted(request.directory)} && unset OLDPWD PWD && ` +
    `${exports.length === 0 ? "" : `export ${exports.join(" ")} && `}exec ${defaultSignals} "$_envctl_setsid" ${command.map(quoted).join(" ")}; ` +
    `printf '126\\n' 1<>${quoted(request.statusPath)} ) & echo ${token} $!\n`
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Gives the terminal back when this program is killed at once and can do nothing itself: a small shell waits for the end of
 * a pipe. It is told when everything was put right already.
 */

export interface TerminalGuard {
  /** The terminal is as it was: nothing is left to do. */
  dismiss(): void;
}

/** `restore`: what brings the screen back. SIGTTOU would stop a background program that sets the terminal. */
export function guardTerminal(restore: string): TerminalGuard {
  const script = 'trap "" TTOU INT QUIT HUP TERM; read -r word && exit; exec >/dev/tty; printf "$1"; stty sane </dev/tty';
  const text = restore.replaceAll("\u001b", String.raw`\033`);
  const shell = process.getBuiltinModule("node:child_process").spawn("sh", ["-c", script, "sh", text], { stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  if ("unref" in shell.stdin && typeof shell.stdin.unref === "function") shell.stdin.unref();
  return { dismiss: () => void shell.stdin.end("done\n") };
}

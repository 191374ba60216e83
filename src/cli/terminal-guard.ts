/**
 * Gives the terminal back when this program is killed at once and can do nothing itself: a small shell waits for the end of
 * a pipe. It is told when everything was put right already.
 */

export interface TerminalGuard {
  /** The terminal is as it was: nothing is left to do. */
  dismiss(): void;
}

// A shell that waited for this program soon has the terminal in a mode of its own, which is its business; a mode without signals is this program's.
const script = 'read -r word && exit; printf "$1"; sleep 0.2; case $(stty -a <&3) in *-isig*) stty sane <&3 ;; esac';

/**
 * To be called before anything is changed that `restore` brings back. The shell is in a session of its own, which is not told
 * when the terminal's ends, and is handed the terminal, whose name /dev/tty is gone by then.
 */
export function guardTerminal(restore: string): TerminalGuard {
  const text = restore.replaceAll("\u001b", String.raw`\033`);
  const shell = process.getBuiltinModule("node:child_process").spawn("sh", ["-c", script, "sh", text], { detached: true, stdio: ["pipe", "inherit", "ignore", 0] });
  shell.on("error", () => undefined);
  shell.stdin?.on("error", () => undefined);
  shell.unref();
  if (shell.stdin !== null && "unref" in shell.stdin && typeof shell.stdin.unref === "function") shell.stdin.unref();
  return { dismiss: () => void shell.stdin?.end("done\n") };
}

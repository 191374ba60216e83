/** Places where a process may be made to die, so that the chaos suite can try every one. Only its own build has them. */
import { readFileSync, rmSync } from "node:fs";

/** Put in by the bundler: false for what is published, which then has no trace of this. */
declare const FAULT_POINTS: boolean | undefined;

/** Nothing, unless this very point is armed: then `first`, half a write for example, and SIGKILL. */
export function faultPoint(name: string, first?: () => void): void {
  if (typeof FAULT_POINTS !== "undefined" && FAULT_POINTS) dieIfArmed(name, first);
}

let seen = { order: "", times: 0 };

/** An order is `<number of the order> <name> <n>` in the file $ENVCTL_FAULT_FILE: the n-th passage of a process through it kills that process. */
function dieIfArmed(name: string, first?: () => void): void {
  const path = process.env["ENVCTL_FAULT_FILE"];
  const order = path === undefined ? "" : orderIn(path);
  const [, wanted, times] = order.split(" ");
  if (path === undefined || wanted !== name) return;
  seen = seen.order === order ? { order, times: seen.times + 1 } : { order, times: 1 };
  if (seen.times !== Number(times)) return;
  rmSync(path, { force: true });
  first?.();
  process.kill(process.pid, "SIGKILL");
}

function orderIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

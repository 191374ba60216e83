/** The daemon: is there one, does it answer, is it of this version. */
import { lockOwner } from "../../host/lock.ts";
import type { DaemonConnection } from "../../daemon/client.ts";
import { isUp } from "../../model/lifecycle.ts";
import { pass, type Check, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

const answerMs = 600;

export const daemonCheck: Check = {
  id: "daemon",
  title: "Daemon",
  gates: [],
  run: async (world) => {
    const owner = lockOwner(world.scope.daemonLock);
    const isAlive = owner !== undefined && world.judge(owner) !== "dead";
    const found = await reached(world);
    if (found === "silent") return [hanging(owner?.pid)];
    if (found === undefined) return isAlive ? [{ ...hanging(owner.pid), detail: `the daemon, pid ${owner.pid}, lives, but nobody listens on its socket ${world.daemon.socketPath()}` }] : [unsupervised(world)];
    const { version, pid, units } = found.hello;
    found.close();
    if (version === world.version) return pass(`pid ${pid}, version ${version}, ${counted(units, "unit")}`);
    return [{ status: "warn", detail: `the daemon is version ${version}, and this envctl is ${world.version}`, hint: "`envctl daemon restart`: units do not notice" }];
  },
};

function hanging(pid: number | undefined): Remark {
  return { status: "fail", reason: "daemon_unreachable", detail: `the daemon${pid === undefined ? "" : `, pid ${pid},`} does not answer`, hint: "end it: `envctl daemon stop`; units go on, and the next command that needs a daemon starts one" };
}

function unsupervised({ repository }: World): Remark {
  const state = repository.latest()?.state;
  const running = state === undefined || state.stoppedAt !== undefined ? 0 : Object.values(state.units).filter(({ life, spec }) => isUp(life) && spec.executor !== "external").length;
  if (running === 0) return { status: "pass", detail: "none runs; one starts when it is needed" };
  return { status: "warn", detail: `none runs, so nobody supervises ${counted(running, "unit")} of run ${state?.runId}`, hint: "`envctl daemon start`" };
}

async function reached({ daemon, host }: World): Promise<DaemonConnection | "silent" | undefined> {
  const ended = new AbortController();
  const silent = host.clock.sleep(answerMs, ended.signal).then(() => "silent" as const, () => undefined);
  try {
    return await Promise.race([daemon.connect(), silent]);
  } catch {
    return "silent";
  } finally {
    ended.abort();
  }
}

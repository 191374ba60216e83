/** What the comparison shows beside the state: how long services take to answer, and the ends of their logs. */
import type { Repository } from "../../sdk/api.ts";
import type { Latency, ShownLine } from "../../ui/dashboard/world.ts";
import type { RunView } from "../run-view.ts";
import type { DashboardRuntime } from "./dashboard-parts.ts";
import { paced } from "./pace.ts";

export interface Comparison {
  seen(): { readonly latencies: Readonly<Record<string, Latency>>; readonly tails: Readonly<Record<string, readonly ShownLine[]>> };
  /** These units are on the screen; asks them when they, or the path, are others than before. */
  look(unitIds: readonly string[], view: RunView | undefined, path: string): void;
  tick(): void;
  close(): void;
}

const tailCount = 60;
const timeoutMs = 3000;
const leastMs = 500;

/** `onChange` is told when something is known that was not before. */
export function openComparison(runtime: DashboardRuntime, repository: Repository, onChange: () => void): Comparison {
  let [latencies, tails]: [Readonly<Record<string, Latency>>, Readonly<Record<string, readonly ShownLine[]>>] = [{}, {}];
  let asked: { readonly unitIds: readonly string[]; readonly view: RunView; readonly path: string } | undefined;
  const ending = new AbortController();
  const work = async (): Promise<void> => {
    if (asked === undefined) return;
    const { unitIds, view, path } = asked;
    await Promise.all(unitIds.map(async (unitId) => {
      const unit = view.state.units[unitId];
      if (unit === undefined) return;
      // The run may be another one since, without this unit.
      const { lines } = await repository.logs([unitId], { lines: tailCount }).catch(() => ({ lines: [] }));
      tails = { ...tails, [unitId]: lines };
      const latency = await latencyOf(unit.spec.url, path === "" ? readyPath(unit.spec.ready) : path, runtime, ending.signal);
      if (latency !== undefined) latencies = { ...latencies, [unitId]: latency };
      onChange();
    }));
  };
  const pace = paced({ work, clock: runtime.host.clock, leastMs, rest: 4 });
  return {
    seen: () => ({ latencies, tails }),
    look: (unitIds, view, path) => {
      const isSame = asked?.path === path && asked.unitIds.join(" ") === unitIds.join(" ");
      asked = view === undefined ? undefined : { unitIds, view, path };
      if (!isSame) pace.ask(true);
    },
    tick: () => pace.ask(),
    close: () => (ending.abort(), pace.close()),
  };
}

function readyPath(ready: { readonly kind: string; readonly path?: string }): string {
  return ready.kind === "http" ? (ready.path ?? "/") : "/";
}

async function latencyOf(url: string | undefined, path: string, { host, actions }: Pick<DashboardRuntime, "actions" | "host">, signal: AbortSignal): Promise<Latency | undefined> {
  if (url === undefined || !URL.canParse(path, url) || !/^https?:/.test(url)) return undefined;
  const { withDeadline } = await actions();
  const begun = host.clock.monotonic();
  try {
    return await withDeadline(signal, timeoutMs, async (limited) => {
      const response = await fetch(new URL(path, url), { signal: limited, redirect: "manual" });
      await response.body?.cancel();
      return { path, status: response.status, ms: host.clock.monotonic() - begun };
    });
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return { path, trouble: isLate ? `no answer in ${timeoutMs / 1000}s` : "no answer" };
  }
}

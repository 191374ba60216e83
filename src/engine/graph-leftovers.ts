/** Ends what killed runs of graphs left, soon after they were killed. */
import { endGraphLeftovers, killedRunners, type GraphsPlace } from "../host/graph-leftovers.ts";
import { graphUnitId } from "../model/job.ts";
import type { Engine } from "./engine.ts";

const lookMs = 1000;

/** Looks at once and then again and again; every killed run is cleared up after once. */
export function watchGraphLeftovers({ host, table, scope, scopeId, store }: Pick<Engine, "host" | "table" | "scope" | "scopeId" | "store">): { close(): void } {
  const place: GraphsPlace = { table, machine: host.machine, scopeId, graphs: scope.graphs };
  const cleared = new Set<string>();
  let isLooking = false;
  const look = async (): Promise<void> => {
    const runners = killedRunners(place).map(({ pid, startTime, bootId }) => `${pid} ${startTime} ${bootId}`).filter((runner) => !cleared.has(runner));
    if (runners.length === 0) return;
    const ended = await endGraphLeftovers(place, (ms) => host.clock.sleep(ms));
    for (const runner of runners) cleared.add(runner);
    if (ended.length > 0) store.dispatch({ type: "warning", code: "graph_leftovers_ended", message: `a killed \`graph run\` left processes of ${[...new Set(ended.map(({ project }) => graphUnitId(project)))].join(", ")}: ended ${ended.map(({ pid }) => `pid ${pid}`).join(", ")}` });
  };
  const lookOnce = (): void => {
    if (isLooking) return;
    isLooking = true;
    // What could not be looked at is looked at again.
    void look().catch(() => undefined).finally(() => (isLooking = false));
  };
  lookOnce();
  const timer = setInterval(lookOnce, lookMs);
  return { close: () => clearInterval(timer) };
}

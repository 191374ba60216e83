/** Docker or Podman: is there one, does it answer, does anything here need it. */
import { existsSync } from "node:fs";
import { addressText, engineCandidates } from "../../host/docker-address.ts";
import { dockerConfiguration } from "../../host/docker-contexts.ts";
import type { FindingStatus } from "../../model/finding.ts";
import { pass, type Check, type World } from "../check.ts";

const probeMs = 700;

export const containersCheck: Check = {
  id: "containers",
  title: "Container engine",
  gates: [],
  run: async (world) => {
    const isNeeded = await needsContainers(world);
    const status: FindingStatus = isNeeded ? "fail" : "warn";
    if (!mayBeThere(world)) {
      if (!isNeeded) return pass("none runs, and nothing here needs one");
      return [{ status, detail: "no container engine runs: none of the usual sockets is there", hint: "start Docker or Podman, or say where it is: `DOCKER_HOST=unix:///path/of.sock`" }];
    }
    const { findEngine } = await import("../../host/docker-find.ts");
    const search = await findEngine(world.host, undefined, probeMs);
    if (search.kind === "none") return [{ status, detail: search.failure.message, ...(search.failure.hint === undefined ? {} : { hint: search.failure.hint }) }];
    const { product, version, source, address } = search.engine;
    return pass(`${product} ${version} at ${addressText(address)} (${source})`);
  },
};

/** Without loading the client: a socket that is not there cannot answer. A wrong setting is for the search to tell. */
function mayBeThere({ host }: World): boolean {
  const { environment, machine } = host;
  try {
    const candidates = engineCandidates({ ...dockerConfiguration(environment), environment, platform: machine.platform, uid: machine.uid });
    const isSaid = candidates.length === 1;
    return isSaid || candidates.some(({ address }) => address.kind !== "unix" || existsSync(address.socket));
  } catch {
    return true;
  }
}

async function needsContainers(world: World): Promise<boolean> {
  const config = (await world.config())?.config;
  return Object.values(config?.requirements ?? {}).some(({ enabled, engine }) => enabled && engine === "docker");
}

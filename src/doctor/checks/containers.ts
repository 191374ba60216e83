/** Docker or Podman: is there one, does it answer, does anything here need it. */
import { existsSync } from "node:fs";
import { containerLabels, type FoundEngine } from "../../host/container-engine.ts";
import { addressText, engineCandidates } from "../../host/docker-address.ts";
import { dockerConfiguration } from "../../host/docker-contexts.ts";
import type { FindingStatus } from "../../model/finding.ts";
import { unitIdOf } from "../../model/unit.ts";
import { orPass, pass, type Check, type Remark, type World } from "../check.ts";
import { isMeant } from "../meant.ts";
import { counted } from "../words.ts";

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
    return orPass(await leftInside(world, search.engine), `${product} ${version} at ${addressText(address)} (${source})`);
  },
};

/** What carries this repository's label, and belongs to no unit that is meant to run or to no project. */
async function leftInside(world: World, found: FoundEngine): Promise<readonly Remark[]> {
  const { openEngine } = await import("../../host/docker-engine.ts");
  const engine = await openEngine(found, world.scopeId, world.host.environment);
  try {
    const labels = { [containerLabels.scope]: world.scopeId };
    const [containers, volumes, projects] = await Promise.all([engine.containers.list(labels), engine.volumes.list(labels), world.projects()]);
    const state = world.repository.latest()?.state;
    const left = containers.filter((one) => !isMeant(state, unitIdOf(one.labels[containerLabels.project] ?? "", one.labels[containerLabels.unit] ?? "")));
    const ownerless = volumes.filter((one) => !projects.some(({ name }) => name === one.labels[containerLabels.project]));
    return [
      ...(left.length === 0 ? [] : [{ status: "warn", detail: `${counted(left.length, "container")} of units that are not meant to run: ${left.map(({ name }) => name).join(", ")}`, hint: `remove them: \`${found.product} rm -f ${left.map(({ name }) => name).join(" ")}\`` } as const]),
      ...(ownerless.length === 0 ? [] : [{ status: "warn", detail: `${counted(ownerless.length, "volume")} of projects that are gone: ${ownerless.map(({ name }) => name).join(", ")}`, hint: `if nobody needs the data: \`${found.product} volume rm ${ownerless.map(({ name }) => name).join(" ")}\`` } as const]),
    ];
  } finally {
    await engine.close();
  }
}

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
  const { services = {}, requirements = {} } = config ?? {};
  return Object.values(services).some(({ enabled, executor }) => enabled && executor === "container") || Object.values(requirements).some(({ enabled, engine }) => enabled && engine === "docker");
}

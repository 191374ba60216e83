/** Which engine a unit means: one that the configuration names, else the one whoever asks has. */
import { isAbsolute, join } from "node:path";
import type { FoundEngine } from "../../host/container-engine.ts";
import type { Host } from "../../host/host.ts";
import type { EngineConfig } from "../../model/container.ts";
import type { UnitSpec } from "../../model/unit.ts";

export interface EnginePlace {
  readonly named?: EngineConfig;
  /** Of whoever asks. */
  readonly environment: Host["environment"];
}

/** The engine of a unit, for who has this environment. */
export function placeOf({ container }: Pick<UnitSpec, "container">, environment: Host["environment"]): EnginePlace {
  return { environment, ...(container?.engine === undefined ? {} : { named: container.engine }) };
}

/** What finding it is told: an address or a context, and where its certificates are. */
export function enginePlea({ named, environment }: EnginePlace): { readonly explicit?: string; readonly environment: Host["environment"] } {
  if (named === undefined) return { environment };
  const { DOCKER_CERT_PATH: _path, DOCKER_TLS_VERIFY: _verify, ...others } = environment;
  return { explicit: named.host, environment: named.tls === undefined ? others : { ...others, DOCKER_CERT_PATH: inHome(named.tls, environment), DOCKER_TLS_VERIFY: "1" } };
}

function inHome(path: string, environment: Host["environment"]): string {
  return isAbsolute(path) ? path : join(environment["HOME"] ?? "/", path.replace(/^~\//, ""));
}

/** Whether its ports have to be brought here: then it chooses numbers of its own there. */
export function isElsewhere({ address }: Pick<FoundEngine, "address">, named: EngineConfig | undefined): boolean {
  return address.kind === "ssh" || named?.address !== undefined;
}

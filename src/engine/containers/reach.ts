/** Says what a container cannot reach of the machine it runs on, before its program finds out. */
import type { FoundEngine } from "../../host/container-engine.ts";
import { machineHostName } from "../../model/container.ts";
import type { EngineParts } from "../engine.ts";
import type { ContainedUnit } from "./container-spec.ts";

/**
 * On Linux a container reaches the machine by the address of a bridge, where what listens on the loopback address alone
 * does not answer. Engines in a virtual machine of their own, as on macOS, pass such connections on.
 */
export async function warnOfUnreachable(engine: EngineParts, spec: ContainedUnit, found: FoundEngine): Promise<void> {
  if (engine.host.machine.platform !== "linux" || found.address.kind !== "unix") return;
  const wanted = machinePorts(spec.env);
  if (wanted.length === 0) return;
  const listening = await engine.snapshots.listeners();
  for (const port of wanted) {
    const addresses = listening.filter((one) => one.port === port).map(({ address }) => address);
    if (addresses.length === 0 || !addresses.every(isLoopback)) continue;
    const message = `${spec.id} is told to use ${machineHostName}:${port}, but what listens there does so on ${addresses.join(", ")} only, which no container reaches; services.${spec.name}.network: host lets it, or run the other in a container too`;
    engine.store.dispatch({ type: "warning", code: "container_cannot_reach", message, unitId: spec.id });
  }
}

/** Ports of the machine that variables name. */
export function machinePorts(env: Readonly<Record<string, string>>): readonly number[] {
  const pattern = new RegExp(`${machineHostName.replaceAll(".", "\\.")}:(\\d+)`, "g");
  return [...new Set(Object.values(env).flatMap((value) => [...value.matchAll(pattern)].map(([, port]) => Number(port))))];
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

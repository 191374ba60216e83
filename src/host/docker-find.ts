/** Finds the engine to use: asks every candidate until one answers. */
import { existsSync } from "node:fs";
import { UserError, type Failure } from "../model/failure.ts";
import type { EngineCandidate, EngineSearch, FoundEngine } from "./container-engine.ts";
import { addressText, engineCandidates } from "./docker-address.ts";
import { connect } from "./docker-connect.ts";
import { dockerConfiguration } from "./docker-contexts.ts";
import { probeWords } from "./docker-trouble.ts";
import type { Host } from "./host.ts";

const usualProbeMs = 5000;

/** `explicit` is an address or the name of a docker context, from the configuration. What was said is not replaced by what happens to run. Each place has `probeMs`. */
export async function findEngine(host: Pick<Host, "environment" | "machine">, explicit?: string, probeMs = usualProbeMs): Promise<EngineSearch> {
  const { environment } = host;
  const tried: string[] = [];
  try {
    const candidates = candidatesFor(host, explicit);
    for (const candidate of candidates) {
      const found = await probe(candidate, environment, probeMs);
      if (typeof found !== "string") return { kind: "found", engine: found };
      tried.push(`${addressText(candidate.address)} (${candidate.source}): ${found}`);
    }
    return { kind: "none", failure: noneFailure(tried, candidates) };
  } catch (error) {
    const failure = error instanceof UserError ? error.failures[0] : undefined;
    if (failure === undefined) throw error;
    return { kind: "none", failure };
  }
}

/** The address that was said, as a person would write it; undefined where nothing was, or nothing that can be read. */
export function saidAddress(host: Pick<Host, "environment" | "machine">, explicit?: string): string | undefined {
  try {
    const [only, ...others] = candidatesFor(host, explicit);
    return only === undefined || others.length > 0 ? undefined : addressText(only.address);
  } catch {
    return undefined;
  }
}

function candidatesFor({ environment, machine }: Pick<Host, "environment" | "machine">, explicit: string | undefined): readonly EngineCandidate[] {
  return engineCandidates({ ...dockerConfiguration(environment), environment, platform: machine.platform, uid: machine.uid, ...(explicit === undefined ? {} : { explicit }) });
}

/** The engine, or why it does not answer. */
async function probe(candidate: EngineCandidate, environment: Host["environment"], probeMs: number): Promise<FoundEngine | string> {
  const { address } = candidate;
  if (address.kind === "unix" && !existsSync(address.socket)) return "its socket is not there";
  try {
    const connection = await connect(address, environment, probeMs);
    try {
      const version = await connection.quick.version();
      const isPodman = version.Components?.some(({ Name }) => /podman/i.test(Name)) === true;
      return { ...candidate, product: isPodman ? "podman" : "docker", version: version.Version, apiVersion: version.ApiVersion };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return error instanceof UserError ? error.message : probeWords(error);
  }
}

function noneFailure(tried: readonly string[], candidates: readonly EngineCandidate[]): Failure {
  const [only] = candidates;
  const hint = candidates.length === 1 && only !== undefined
    ? `${only.source} says where the engine is: start it there, or change that`
    : "start Docker or Podman, or say where the engine is: `DOCKER_HOST=unix:///path/of.sock`, or `docker context use NAME`";
  return { reason: "engine_unreachable", message: `no container engine answers. Tried:\n${tried.map((line) => `  ${line}`).join("\n")}`, hint };
}

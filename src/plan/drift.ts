/** What differs between how a unit runs and how it would run now, in words. */
import type { ContainerRun } from "../model/container.ts";
import { hashOf } from "../model/hash.ts";
import type { UnitSpec } from "../model/unit.ts";

/** `command, env DATABASE_URL`; empty when a restart would change nothing. */
export function driftText(running: UnitSpec, wanted: UnitSpec): string {
  if (running.hash === wanted.hash) return "";
  const parts = [
    differs(running.command, wanted.command) ? ["command"] : [],
    differs([running.executor, running.module], [wanted.executor, wanted.module]) ? ["module"] : [],
    differs(running.pluginExecutor ?? "", wanted.pluginExecutor ?? "") ? ["executor"] : [],
    ...containerDrift(running.container, wanted.container),
    differs(running.directory, wanted.directory) ? ["directory"] : [],
    differs(running.ports.map((port) => port.port), wanted.ports.map((port) => port.port)) ? ["port"] : [],
    changedKeys(running.env, wanted.env).map((key) => `env ${key}`),
    differs(running.ready, wanted.ready) ? ["readiness probe"] : [],
    differs(running.stop, wanted.stop) ? ["stop"] : [],
    differs(running.prepare.map((step) => step.command), wanted.prepare.map((step) => step.command)) ? ["prepare"] : [],
  ].flat();
  return parts.length === 0 ? "specification" : parts.join(", ");
}

function containerDrift(running: ContainerRun | undefined, wanted: ContainerRun | undefined): readonly (readonly string[])[] {
  if (running === undefined || wanted === undefined) return [running === wanted ? [] : ["container"]];
  return [
    differs([running.image, running.build], [wanted.image, wanted.build]) ? ["image"] : [],
    differs(running.engine, wanted.engine) ? ["engine"] : [],
    differs(running.volumes, wanted.volumes) ? ["volumes"] : [],
    differs(running.network, wanted.network) ? ["network"] : [],
    differs(running.ports.map(({ inside }) => inside), wanted.ports.map(({ inside }) => inside)) ? ["container_port"] : [],
    differs(running.memoryBytes, wanted.memoryBytes) ? ["limits.memory"] : [],
  ];
}

/** Parts of a specification that are taken over while the unit runs, by the key that sets them. */
const keptParts = [
  ["restart", "restart"],
  ["restartGroup", "restart_groups"],
  ["live", "live"],
  ["limits", "limits"],
  ["watch", "watch"],
  ["hooks", "on"],
  ["logs", "logs"],
  ["url", "public_url"],
  ["healthUrl", "health_url"],
  ["critical", "critical"],
  ["dependsOn", "depends_on"],
  ["readyTimeoutMs", "ready.timeout"],
  ["prepare", "prepare"],
  ["secretEnv", "secrets"],
] as const satisfies readonly (readonly [keyof UnitSpec, string])[];

/** `restart, live`: what differs between two specifications that need no restart; empty when nothing does. */
export function keptText(running: UnitSpec, wanted: UnitSpec): string {
  if (hashOf(running) === hashOf(wanted)) return "";
  const parts = keptParts.filter(([part]) => hashOf([running[part]]) !== hashOf([wanted[part]])).map(([, key]) => key);
  return parts.length === 0 ? "specification" : parts.join(", ");
}

function changedKeys(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]).sort();
}

function differs(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

/** Why a unit has its port: base, slot, spacing, and who was in the way. Pure. */
import type { ExplainReason } from "../contracts/reports.ts";
import type { Origin, ResolvedConfig } from "../model/config.ts";
import type { Event } from "../model/events.ts";
import type { PortHolder } from "../model/facts.ts";
import type { PlannedProject } from "../model/plan.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import type { UnitPort } from "../model/unit.ts";
import { holderText } from "../ui/event-line.ts";
import type { SecretNames } from "./mask.ts";
import { originText } from "./show-config.ts";

/** What an explanation may draw on; the configuration is missing when it has errors. */
export interface Sources {
  readonly state: RunState | undefined;
  readonly resolved: ResolvedConfig | undefined;
  readonly events: readonly Event[];
  /** Variables whose values are not shown. */
  readonly secrets: SecretNames;
  /** Who listens on the port asked about, when that is no port of the run. */
  readonly holder?: PortHolder;
}

export function portReasons(unit: UnitState, sources: Sources): readonly ExplainReason[] {
  if (unit.spec.ports.length === 0) return [{ topic: "port", depth: 0, text: `${unit.spec.id} has no port: it does not listen.` }];
  return unit.spec.ports.flatMap((port) => onePort(unit, port, sources));
}

function onePort(unit: UnitState, port: UnitPort, sources: Sources): readonly ExplainReason[] {
  const name = port.name === "main" ? "" : ` (${port.name})`;
  const moves = sources.events.filter((event) => event.type === "port_moved").filter((event) => event.unitId === unit.spec.id && event.move.portName === port.name);
  const last = port.port === port.requested ? undefined : moves.at(-1);
  return [
    { topic: "port", depth: 0, text: `${unit.spec.id} has port ${port.port}${name}.` },
    ...(port.port === port.requested ? [] : [{ topic: "port" as const, depth: 1, text: `It asked for ${port.requested}, which was taken; ${port.port} was the next free one.` }]),
    ...(last === undefined ? [] : [{ topic: "holder" as const, depth: 2, text: `${port.requested} was held by ${holderText(last.move.holder)} at ${last.at}.` }]),
    ...requestedReason(unit, port, sources),
  ];
}

function requestedReason(unit: UnitState, port: UnitPort, sources: Sources): readonly ExplainReason[] {
  const project = sources.state?.projects[unit.spec.project];
  const { resolved } = sources;
  if (project === undefined || resolved === undefined) return [];
  const base = port.requested - project.slot * resolved.config.portSpacing;
  const key = portKey(unit, port);
  const origin = resolved.origins[key];
  return [
    { topic: "port", depth: 1, text: slotText(port.requested, base, project, resolved.config.portSpacing) },
    { topic: "value", depth: 2, text: `base ${base}: ${key}, ${originText(origin)}`, ...placeOf(origin) },
    { topic: "value", depth: 2, text: `spacing ${resolved.config.portSpacing}: port_spacing, ${originText(resolved.origins["port_spacing"])}`, ...placeOf(resolved.origins["port_spacing"]) },
  ];
}

function portKey(unit: UnitState, port: UnitPort): string {
  const group = unit.spec.kind === "service" ? "services" : "requirements";
  return port.name === "main" ? `${group}.${unit.spec.name}.port` : `${group}.${unit.spec.name}.ports.${port.name}`;
}

function slotText(requested: number, base: number, project: PlannedProject, spacing: number): string {
  return `${requested} = base ${base} + slot ${project.slot} of ${project.name} × spacing ${spacing}.`;
}

/** The file and line, when the value has one. */
export function placeOf(origin: Origin | undefined): { readonly place?: { file: string; line?: number; column?: number } } {
  if (origin?.file === undefined) return {};
  const { file, line, column } = origin;
  return { place: { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) } };
}

/** Everything known about a port number: whose it is, who asked for it, whose slot it lies in. Empty when nothing is. */
export function portNumberReasons(port: number, sources: Sources): readonly ExplainReason[] {
  const units = Object.values(sources.state?.units ?? {});
  const owner = units.find((unit) => unit.spec.ports.some((one) => one.port === port));
  if (owner !== undefined) return portReasons(owner, sources);
  const moved = units.filter((unit) => unit.spec.ports.some((one) => one.requested === port));
  if (moved.length > 0) return moved.flatMap((unit) => portReasons(unit, sources));
  const kept = slotOwners(port, sources);
  const { holder } = sources;
  return holder === undefined ? kept : [{ topic: "holder", depth: 0, text: `${port} is held by ${holderText(holder)}.` }, ...kept];
}

/** Whether a unit of the run has the port. */
export function isPortOfRun(port: number, state: RunState | undefined): boolean {
  return Object.values(state?.units ?? {}).some((unit) => unit.spec.ports.some((one) => one.port === port));
}

function slotOwners(port: number, { state, resolved }: Sources): readonly ExplainReason[] {
  if (resolved === undefined) return [];
  const { config } = resolved;
  const projects = Object.values(state?.projects ?? {});
  const known = projects.length === 0 ? [{ name: "Main", root: "", slot: 0 }] : projects;
  return known.flatMap((project) =>
    Object.values(config.services)
      .filter((service) => service.port !== "none" && service.port + project.slot * config.portSpacing === port)
      .map((service): ExplainReason => ({
        topic: "port",
        depth: 0,
        text: `${port} is kept for ${project.name}/${service.name}, which is not running: ${slotText(port, Number(service.port), project, config.portSpacing)}`,
        ...placeOf(resolved.origins[`services.${service.name}.port`]),
      })),
  );
}

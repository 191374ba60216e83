/** What an adapter does for a unit's start, bound to the plan, the run and whoever asks. */
import { join } from "node:path";
import { isServing } from "../model/lifecycle.ts";
import type { Intent } from "../model/intent.ts";
import { unitIdOf, type UnitId, type UnitSpec } from "../model/unit.ts";
import { buildDirectory, namesIn } from "../requirements/engines/embedded.ts";
import { snapshotData } from "../state/data-directories.ts";
import { copyData, copyStill, findSnapshot, isKept, keptOf, settleReplaced, type KeptRequirement } from "./data-copy.ts";
import type { Engine } from "./engine.ts";
import { boundRequirement, type Planning } from "./planning.ts";
import { progressEvent } from "./progress.ts";
import { mainProject } from "./own-server.ts";
import type { BoundRequirement, Effects } from "./requirement-drafts.ts";
import { settle, type SettleOrder } from "./settle.ts";
import type { RequirementEffects } from "./start-context.ts";

/** Everything an effect is made of. */
export interface EffectParts {
  readonly engine: Engine;
  readonly intent: Intent;
  readonly planning: Planning;
  readonly reveal: (key: string) => string;
}

/** What is done for one requirement of the plan; undefined for a service. */
export function requirementEffects(parts: EffectParts, unitId: UnitId): RequirementEffects | undefined {
  const { engine, planning } = parts;
  const requirement = planning.requirements[unitId];
  if (requirement === undefined) return undefined;
  const effects = (signal: AbortSignal): Effects => effectsOf(parts, unitId, signal);
  const { bootstrap, check, complaints } = requirement;
  return {
    complaints,
    prepare: async (spec, signal) => {
      const planned = { ...effects(signal), env: spec.env, used: (name: string) => usedValues(parts, spec.project, name) };
      if (requirement.inVolume !== undefined) await seedInVolume(parts, unitId, effects(signal));
      if (!isKept(requirement)) return requirement.prepare(portsOf(spec), planned);
      settleReplaced(engine, requirement);
      await requirement.prepare(portsOf(spec), planned, (source) => seed(parts, { spec, requirement, effects: effects(signal) }, source));
    },
    settle: (spec, callerEnvironment, signal) =>
      settle(engine, { requirement, project: spec.project, ports: { ...portsOfWhole(parts, requirement, spec), ...portsOf(spec) }, runId: engine.store.state()?.runId ?? "", callerEnvironment, effects: effects(signal) }),
    ...(bootstrap === undefined ? {} : { bootstrap: (spec: UnitSpec, signal: AbortSignal) => bootstrap(portsOf(spec), effects(signal)) }),
    ...(check === undefined ? {} : { check: (timeoutMs: number, signal: AbortSignal) => check(timeoutMs, effects(signal)) }),
  };
}

/** The client of container engines is loaded with the first seed. */
async function seedInVolume({ engine, intent, planning }: EffectParts, unitId: UnitId, effects: Effects): Promise<void> {
  const requirement = planning.requirements[unitId];
  if (requirement?.inVolume?.seed === undefined) return;
  const { seedVolume } = await import("./containers/volume-seed.ts");
  const { environment } = planning.starters[unitId] ?? intent.caller;
  await seedVolume(engine, {
    project: unitId.slice(0, -requirement.name.length - 1),
    requirement,
    main: () => boundRequirement(engine, intent, mainProject, requirement.name),
    engineOf: ({ inVolume }) => engine.containers.engineFor({ environment, ...(inVolume?.named === undefined ? {} : { named: inVolume.named }) }),
    effects,
  });
}

/** It runs by now, in the project or where that one's server is. */
function usedValues({ engine, planning }: EffectParts, project: string, name: string): Readonly<Record<string, string>> {
  const used = planning.requirements[unitIdOf(project, name)];
  const unit = engine.store.state()?.units[unitIdOf(used?.server ?? project, name)];
  return used === undefined || unit === undefined ? {} : used.values(portsOf(unit.spec));
}

/** A part is settled together with the server it is a part of. */
function portsOfWhole({ engine }: EffectParts, { partOf }: BoundRequirement, { project }: UnitSpec): Readonly<Record<string, number>> {
  const whole = partOf === undefined ? undefined : engine.store.state()?.units[unitIdOf(project, partOf)];
  return whole === undefined ? {} : portsOf(whole.spec);
}

/** What a project needs inside another project's server; undefined where the plan knows nothing of it. */
export function borrowedOrder(parts: EffectParts, unitId: UnitId, asking: { readonly spec: UnitSpec; readonly callerEnvironment: Readonly<Record<string, string>>; readonly signal: AbortSignal }): SettleOrder | undefined {
  const { engine, planning } = parts;
  const requirement = planning.requirements[unitId];
  const server = engine.store.state()?.units[`${requirement?.server ?? ""}/${requirement?.name ?? ""}`];
  if (requirement === undefined || server === undefined || !isServing(server.life)) return undefined;
  const { spec, callerEnvironment, signal } = asking;
  return { requirement, project: spec.project, ports: portsOf(server.spec), runId: engine.store.state()?.runId ?? "", callerEnvironment, effects: effectsOf(parts, unitId, signal) };
}

interface Seeding {
  readonly spec: UnitSpec;
  readonly requirement: KeptRequirement;
  readonly effects: Effects;
}

/** A project begins with a copy of Main's data, or of a snapshot of its own or of Main's. */
async function seed(parts: EffectParts, { spec, requirement, effects }: Seeding, source: string): Promise<void> {
  const { engine, intent } = parts;
  if (source === "main" && spec.project === mainProject) return;
  const main = keptOf(mainProject, await boundRequirement(engine, intent, mainProject, requirement.name));
  if (source === "main" && namesIn(main.requirement.dataDirectory).length === 0) {
    engine.store.dispatch({ type: "warning", code: "seed_empty", unitId: spec.id, message: `${spec.id} begins empty: ${mainProject} has no data yet; \`envctl db clone ${mainProject} ${spec.project}\` copies them later` });
    return;
  }
  const snapshot = source === "main" ? undefined : findSnapshot([requirement.dataDirectory, main.requirement.dataDirectory], source);
  await buildDirectory({
    target: requirement.dataDirectory,
    host: engine.host,
    owner: engine.host.machine.serverAccount ?? "caller",
    build: (temporary) => (snapshot === undefined ? copyData(engine, main, effects, temporary) : copyStill(engine, join(snapshot, snapshotData), temporary, effects)),
  });
}

function effectsOf({ engine, reveal }: EffectParts, unitId: UnitId, signal: AbortSignal): Effects {
  return { reveal, signal, keep: engine.keepSecret, progress: (text, done, total) => engine.store.announce(progressEvent(unitId, text, done, total)) };
}

function portsOf(spec: UnitSpec): Readonly<Record<string, number>> {
  return Object.fromEntries(spec.ports.map((port) => [port.name, port.port]));
}

/** The first data of a server in a container: a copy of Main's, or of a snapshot, where it has no volume yet. */
import type { ContainerEngine } from "../../host/container-engine.ts";
import { unitIdOf } from "../../model/unit.ts";
import { assertSameMajor } from "../data-targets.ts";
import { mainProject } from "../own-server.ts";
import type { Engine } from "../engine.ts";
import type { BoundRequirement, Effects } from "../requirement-drafts.ts";
import { assertSameEngine, copyable, copyNow, copyStill, foundSnapshot, nameIn, placeIn, type VolumeHome } from "./volume-fill.ts";
import { hasVolume } from "./volume-copy.ts";
import { settleVolume, underNote } from "./volume-work.ts";

export interface VolumeSeeding {
  readonly project: string;
  readonly requirement: BoundRequirement;
  /** As Main's configuration has it. */
  main(): Promise<BoundRequirement>;
  /** The engine of a requirement. */
  engineOf(requirement: BoundRequirement): Promise<ContainerEngine>;
  readonly effects: Effects;
}

/** Does nothing for data that are there. They appear whole or not at all. Throws a UserError when they cannot be copied. */
export async function seedVolume(engine: Engine, { project, requirement, main, engineOf, effects }: VolumeSeeding): Promise<void> {
  const source = requirement.inVolume?.seed;
  if (source === undefined || (source === "main" && project === mainProject)) return;
  const target: VolumeHome = { project, requirement, data: copyable(project, requirement), docker: await engineOf(requirement) };
  await settleVolume(engine, placeIn(target));
  if (await hasData(engine, target)) return;
  const lender = await main();
  const home: VolumeHome = { project: mainProject, requirement: lender, data: copyable(mainProject, lender), docker: await engineOf(lender) };
  assertSameEngine(home, target);
  const unitId = unitIdOf(project, requirement.name);
  if (source === "main" && !(await hasData(engine, home))) {
    engine.store.dispatch({ type: "warning", code: "seed_empty", unitId, message: `${unitId} begins empty: ${mainProject} has no data yet; \`envctl db clone ${mainProject} ${project}\` copies them later` });
    return;
  }
  const kept = source === "main" ? undefined : await foundSnapshot(engine, [target, home], source);
  assertSameMajor(kept?.note.version ?? lender.version, { project, requirement });
  const { volume } = target.data;
  const work = { engine, effects };
  await underNote(engine, placeIn(target), { fresh: volume, adapter: requirement.adapter, version: requirement.version }, () =>
    kept === undefined ? copyNow(work, { source: home, target, to: volume }) : copyStill(work, { source: kept.home, volume: kept.note.volume, target, to: volume }),
  );
}

function hasData(engine: Engine, home: VolumeHome): Promise<boolean> {
  return hasVolume(home.docker, engine.containers.scope(), nameIn(engine, home, home.data.volume));
}

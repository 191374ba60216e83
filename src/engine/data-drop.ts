/** Deletes what a deleted worktree had inside another project's server; that server's own data stay. */
import { UserError } from "../model/failure.ts";
import type { DataOrder } from "../model/data.ts";
import { isServing, isUp } from "../model/lifecycle.ts";
import { unitIdOf } from "../model/unit.ts";
import { unsteady } from "./data-copy.ts";
import type { Engine } from "./engine.ts";
import { boundRequirement } from "./planning.ts";
import type { Effects } from "./requirement-drafts.ts";

/** Throws a UserError when it cannot be deleted, or is the one the server's own project works in. */
export async function dropDatabase(engine: Engine, order: DataOrder, effects: Effects): Promise<void> {
  const { project, requirement: name, name: database = "" } = order;
  const unitId = unitIdOf(project, name);
  const found = await boundRequirement(engine, order, project, name);
  if (!found.isPresent) await found.fetch(effects.progress, effects.signal);
  const requirement = found.isPresent ? found : await boundRequirement(engine, order, project, name);
  const isOwn = requirement.values({})["database"] === database;
  if (requirement.dropDatabase === undefined || database === "" || isOwn) throw new UserError({ reason: "usage_invalid", message: `the database "${database}" of ${unitId} cannot be deleted${isOwn ? `: ${project} itself works in it` : ""}` });
  await engine.flights.landed(unitId);
  const unit = engine.store.state()?.units[unitId];
  const isLive = unit !== undefined && isServing(unit.life);
  if (unit !== undefined && isUp(unit.life) && !isLive) throw unsteady(unitId);
  const ports = Object.fromEntries((unit?.spec.ports ?? []).map((port) => [port.name, port.port]));
  await requirement.dropDatabase(ports, effects, database, isLive);
}

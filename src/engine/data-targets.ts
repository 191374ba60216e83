/** Whose data an order is about, and whether they fit. */
import { isSnapshotName, type DataOrder } from "../model/data.ts";
import { UserError } from "../model/failure.ts";
import { unitIdOf } from "../model/unit.ts";
import type { OrderParts } from "./data-exchange.ts";
import { boundRequirement } from "./planning.ts";
import type { BoundRequirement } from "./requirement-drafts.ts";

/** A requirement of a project. */
export interface Target {
  readonly project: string;
  readonly requirement: BoundRequirement;
}

type Asking = Omit<OrderParts, "ways">;

/** The requirement of the order in this project, its program fetched. Throws a UserError where Main's server serves it. */
export async function ownRequirement({ engine, order, effects }: Asking, project: string): Promise<BoundRequirement> {
  const found = await boundRequirement(engine, order, project, order.requirement);
  if (!found.isPresent) await found.fetch(effects.progress, effects.signal);
  const requirement = found.isPresent ? found : await boundRequirement(engine, order, project, order.requirement);
  if (requirement.server === undefined) return requirement;
  throw new UserError({
    reason: "usage_invalid",
    message: `${project} has no ${requirement.name} of its own: it uses ${unitIdOf(requirement.server, requirement.name)} (requirements.${requirement.name}.isolation)`,
    hint: `name --project ${requirement.server} for the whole server, or set the isolation to isolated`,
  });
}

/** Whose data a clone replaces. */
export async function cloneTarget(asking: Asking): Promise<Target> {
  const { project, to = "" } = asking.order;
  if (to === project) throw new UserError({ reason: "usage_invalid", message: `${project} cannot be cloned to itself`, hint: "name two projects: `envctl db clone Main feature-a`" });
  return { project: to, requirement: await ownRequirement(asking, to) };
}

/** The name in an order that wants one. */
export function snapshotName({ name = "" }: DataOrder): string {
  if (isSnapshotName(name)) return name;
  throw new UserError({ reason: "usage_invalid", message: `"${name}" cannot be the name of a snapshot`, hint: "up to 64 letters, digits, `_`, `-` or `.`, not beginning with a dot or dash, and not `main`, `none` or a .sql file" });
}

/** Throws a UserError when data of `version` are of no use to the target. */
export function assertSameMajor(version: string | undefined, { project, requirement }: Target): void {
  const major = (text: string): string => text.split(".")[0] ?? "";
  if (version === undefined || major(version) === major(requirement.version)) return;
  const message = `the data are of ${requirement.adapter} ${major(version)}, but ${project} has version ${major(requirement.version)}`;
  throw new UserError({ reason: "data_incompatible", message, hint: `set requirements.${requirement.name}.version to ${major(version)}; nothing was touched` });
}

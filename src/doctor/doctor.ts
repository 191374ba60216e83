/** Looks at the world with the checks that were asked for. */
import { UserError } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Gate } from "../model/finding.ts";
import { nearestName } from "../model/nearest.ts";
import type { Plan } from "../model/plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import { contextOf } from "../plugins/rows.ts";
import type { Check, World } from "./check.ts";
import { examine, usualDeadlineMs, type Examined } from "./examine.ts";
import { checks } from "./table.ts";

export interface ExamineRequest {
  /** The start that is looked at as if it were to come. */
  readonly intent: Intent;
  /** Its plan, where there is one already. */
  readonly plan?: Plan;
  /** Ids of the checks that are meant; all when there is none. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Only the checks that name it. */
  readonly gate?: Gate;
  /** Only these projects are looked at. */
  readonly projects?: readonly string[];
  /** Milliseconds each check has. */
  readonly deadlineMs?: number;
}

/** What the world is made of. */
export interface DoctorParts extends Pick<World, "table" | "judge" | "version"> {
  readonly runtime: Pick<EngineRuntime, "host" | "checkout" | "scope" | "scopeId" | "repository" | "daemon" | "legacyState" | "resolveConfig" | "discoverProjects" | "preview" | "plugins" | "graph" | "requirements">;
}

/** A hanging daemon must not keep the checks from what they can see without a plan. */
const planMs = 700;

/** Findings in the order of the table. Throws a UserError for a check that there is not. */
export async function examineWorld(parts: DoctorParts, request: ExamineRequest): Promise<readonly Examined[]> {
  const all = await allChecks(parts, request);
  for (const id of [...(request.only ?? []), ...(request.skip ?? [])]) assertKnown(id, all);
  const chosen = all.filter((check) => isMeant(check, request));
  const world = worldOf(parts, request);
  return examine(chosen.map((check) => ({ ...check, run: () => check.run(world) })), parts.runtime.host.clock, world.deadlineMs);
}

/** Those of plug-ins stand before ours of the same name. Nothing of plug-ins is loaded where only checks of ours are meant. */
async function allChecks({ runtime }: DoctorParts, { only = [], skip = [] }: ExamineRequest): Promise<readonly Check[]> {
  const isOurs = (id: string): boolean => checks.some((check) => check.id === id);
  if (only.length > 0 && [...only, ...skip].every(isOurs)) return checks;
  const more = await (await runtime.plugins()).checks(contextOf(runtime));
  return [...checks.filter(({ id }) => !more.some((one) => one.id === id)), ...more];
}

function isMeant({ id, gates }: Check, { only = [], skip = [], gate }: ExamineRequest): boolean {
  return (only.length === 0 || only.includes(id)) && !skip.includes(id) && (gate === undefined || gates.includes(gate));
}

function assertKnown(id: string, all: readonly Check[]): void {
  const known = all.map((check) => check.id);
  if (known.includes(id)) return;
  const nearest = nearestName(id, known);
  throw new UserError({ reason: "unknown_target", message: `there is no check "${id}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: `there are: ${known.join(", ")}` });
}

function worldOf({ runtime, table, judge, version }: DoctorParts, { intent, plan, projects: named, deadlineMs = usualDeadlineMs }: ExamineRequest): World {
  const configAt = remembered((projectRoot: string) => runtime.resolveConfig({ projectRoot }));
  const planned = remembered(() => (plan === undefined ? planOf(runtime, intent) : Promise.resolve(plan)));
  const projects = remembered(async () => (await runtime.discoverProjects()).filter(({ name }) => named === undefined || named.includes(name)));
  const { host, checkout, scope, scopeId, repository, daemon, legacyState, plugins, graph, requirements } = runtime;
  return {
    host, checkout, scope, scopeId, repository, daemon, legacyState, plugins, graph, requirements, deadlineMs, table, judge, version, configAt,
    plan: () => planned(""),
    projects: () => projects(""),
    config: () => configAt(checkout.projectRoot).catch(() => undefined),
  };
}

/** Whatever keeps a plan from being made, a check of its own tells. */
async function planOf({ preview, host }: Pick<EngineRuntime, "preview" | "host">, intent: Intent): Promise<Plan | undefined> {
  const ended = new AbortController();
  const late = host.clock.sleep(planMs, ended.signal).catch(() => undefined).then(() => undefined);
  try {
    return await Promise.race([preview(intent).catch(() => undefined), late]);
  } finally {
    ended.abort();
  }
}

/** Each question is asked once. */
function remembered<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (about) => {
    const answer = answers.get(about) ?? ask(about);
    answers.set(about, answer);
    return answer;
  };
}

/** Which units of a graph run, which need not, and which are left out. Pure. */
import { globExpression } from "../model/glob.ts";
import { isDone, isFailed, type GraphUnit, type UnitResult } from "./unit.ts";

/** What of an earlier run counts. */
export type Mode = "all" | "resume" | "failed" | "changed";

/** What the choice depends on. */
export interface Circumstances {
  readonly mode: Mode;
  /** Globs; none means every unit. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly tags: readonly string[];
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What came of units before, by id. */
  readonly results: ReadonlyMap<string, UnitResult>;
  /** What the last run was to do; undefined when there is none. */
  readonly intended: ReadonlySet<string> | undefined;
  /** What a unit is made of now. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Every unit of the tree is in one of the three, or does not matter for this run. */
export interface Choice {
  readonly todo: readonly GraphUnit[];
  /** Their results of before count. */
  readonly kept: readonly GraphUnit[];
  readonly left: readonly { readonly unit: GraphUnit; readonly reason: string }[];
}

/** Units that are wanted bring along what they require and nobody has done. */
export function choose(units: readonly GraphUnit[], now: Circumstances): Choice {
  const isSame = (unit: GraphUnit): boolean => {
    const result = now.results.get(unit.id);
    return result !== undefined && isDone(result) && result.hash === now.hashes.get(unit.id);
  };
  const changed = now.mode === "changed" || now.mode === "resume" ? withDependents(units, units.filter((unit) => !isSame(unit))) : new Set<GraphUnit>();
  const counts = (unit: GraphUnit): boolean => (now.mode === "all" ? unit.when.changed !== undefined && isSame(unit) : now.mode === "failed" ? isDone(now.results.get(unit.id) ?? { status: "error" }) : !changed.has(unit));
  const wanted = units.filter((unit) => matches(now.only, unit) && isWanted(unit, now, counts));
  const chosen = withRequired(units, wanted, counts);
  const reasons = new Map([...chosen].map((unit) => [unit, reasonToLeave(unit, now)] as const));
  return {
    todo: units.filter((unit) => chosen.has(unit) && reasons.get(unit) === undefined),
    left: units.flatMap((unit) => {
      const reason = reasons.get(unit);
      return reason === undefined ? [] : [{ unit, reason }];
    }),
    kept: units.filter((unit) => !chosen.has(unit) && counts(unit)),
  };
}

function isWanted(unit: GraphUnit, { mode, results, intended }: Circumstances, counts: (unit: GraphUnit) => boolean): boolean {
  const result = results.get(unit.id);
  switch (mode) {
    case "all":
    case "changed":
      return !counts(unit);
    case "resume":
      return intended?.has(unit.id) !== false && !counts(unit);
    case "failed":
      return result !== undefined && (isFailed(result) || result.status === "skip");
  }
}

function matches(patterns: readonly string[], { id }: GraphUnit): boolean {
  return patterns.length === 0 || patterns.some((pattern) => globExpression(pattern).test(id));
}

/** All of the providers of what is required and not there, and so on. */
function withRequired(units: readonly GraphUnit[], wanted: readonly GraphUnit[], counts: (unit: GraphUnit) => boolean): ReadonlySet<GraphUnit> {
  const providers = providersOf(units);
  const chosen = new Set(wanted);
  for (const { requires } of chosen) {
    for (const name of requires) {
      const known = providers.get(name) ?? [];
      if (!known.some((one) => counts(one) && !chosen.has(one))) for (const one of known) chosen.add(one);
    }
  }
  return chosen;
}

/** What requires something of theirs, and so on. */
function withDependents(units: readonly GraphUnit[], first: readonly GraphUnit[]): Set<GraphUnit> {
  const found = new Set(first);
  const requiring = new Map<string, GraphUnit[]>();
  for (const unit of units) for (const name of unit.requires) requiring.set(name, [...(requiring.get(name) ?? []), unit]);
  for (const unit of found) for (const name of [unit.id, ...unit.provides]) for (const one of requiring.get(name) ?? []) found.add(one);
  return found;
}

function providersOf(units: readonly GraphUnit[]): ReadonlyMap<string, readonly GraphUnit[]> {
  const providers = new Map<string, GraphUnit[]>();
  for (const unit of units) for (const name of new Set([unit.id, ...unit.provides])) providers.set(name, [...(providers.get(name) ?? []), unit]);
  return providers;
}

/** Undefined when it runs. */
function reasonToLeave(unit: GraphUnit, { skip, platform, environment, tags }: Circumstances): string | undefined {
  const { os, env, tag } = unit.when;
  if (skip.length > 0 && matches(skip, unit)) return "left out by --skip";
  if (os !== undefined && !os.includes(platform)) return `runs on ${os.join(", ")} only; this is ${platform}`;
  const missing = env?.find((one) => !isSet(one, environment));
  if (missing !== undefined) return missing.includes("=") ? `runs with ${missing} only` : `runs with ${missing} set only`;
  if (tag !== undefined && !tag.some((one) => tags.includes(one))) return `runs with --tag ${tag.join(" or ")} only`;
  return undefined;
}

function isSet(text: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  const at = text.indexOf("=");
  return at < 0 ? (environment[text] ?? "") !== "" : environment[text.slice(0, at)] === text.slice(at + 1);
}

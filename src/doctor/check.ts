/** What a check is: one row of a table, asked about the world as it is. It reads; only a mend that was asked for changes anything. */
import type { Checkout } from "../host/checkout.ts";
import type { Host } from "../host/host.ts";
import type { ScopePaths } from "../host/paths.ts";
import type { ProcessTable } from "../host/process-row.ts";
import type { ResolvedConfig } from "../model/config.ts";
import type { FailureReason } from "../model/failure.ts";
import type { FindingStatus, Gate } from "../model/finding.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { Plan } from "../model/plan.ts";
import type { Handle } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";

/** What a check says; without a word it is content. */
export interface Remark {
  readonly status: FindingStatus;
  readonly detail: string;
  readonly hint?: string;
  readonly reason?: FailureReason;
  readonly fix?: Fix;
}

/** A mend that is safe: it takes nothing away that anybody needs. */
export interface Fix {
  /** What it does. */
  readonly about: string;
  readonly apply: () => void | Promise<void>;
}

/** What is known before a start: enough for the checks that are a gate. */
export interface GateFacts {
  /** With the caller's environment. */
  readonly host: Host;
  readonly scope: ScopePaths;
  /** What is to be carried out; undefined when there cannot be one. */
  readonly plan: () => Promise<Plan | undefined>;
}

/** Everything a check may look at. Costly parts are fetched once, when they are first asked for. */
export interface World extends GateFacts, Pick<EngineRuntime, "scopeId" | "repository" | "daemon" | "legacyState" | "plugins" | "graph" | "requirements"> {
  readonly checkout: Checkout;
  readonly version: string;
  readonly table: ProcessTable;
  /** How long a check may take. */
  readonly deadlineMs: number;
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
  readonly projects: () => Promise<readonly ProjectFact[]>;
  /** Of the repository; undefined when it is broken, which a check of its own tells. */
  readonly config: () => Promise<ResolvedConfig | undefined>;
  /** Of one project; throws a UserError. */
  readonly configAt: (projectRoot: string) => Promise<ResolvedConfig>;
}

interface CheckOf<Facts> {
  readonly id: string;
  readonly title: string;
  /** What it is in the way of when it fails. */
  readonly gates: readonly Gate[];
  run(facts: Facts): readonly Remark[] | Promise<readonly Remark[]>;
}

export type Check = CheckOf<World>;
/** Cheap, and asked before every start. */
export type GateCheck = CheckOf<GateFacts>;

/** One remark that everything is as it should be. */
export function pass(detail: string): readonly Remark[] {
  return [{ status: "pass", detail }];
}

/** The remarks, or that all is well when there are none. */
export function orPass(remarks: readonly Remark[], detail: string): readonly Remark[] {
  return remarks.length > 0 ? remarks : pass(detail);
}

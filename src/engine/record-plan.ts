/** Writes down what is wanted from here on, in one go: whatever is killed afterwards, a resume knows all of it or nothing. */
import { randomBytes } from "node:crypto";
import { errorCode, errorText } from "../host/files.ts";
import { eventSchemaVersion, type EventBody } from "../model/events.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import type { Engine } from "./engine.ts";
import { unwritable } from "./writable.ts";

/** A plan as accepted. Whatever starts joins the live run; without one a new run begins. */
export function recordPlan(engine: Engine, intentId: string, plan: Plan): void {
  const state = engine.store.state();
  const isLive = state !== undefined && state.stoppedAt === undefined;
  const events = [...(plan.intent === "stop" ? [] : joined(plan, isLive ? state.projects : {})), planned(intentId, plan), ...wantedEvents(plan)];
  if (plan.intent !== "stop" && !isLive) beginRun(engine, plan, events);
  else if (state !== undefined) engine.store.dispatchAll(events);
}

/** What a plan starts. `isAutomatic`: nobody asked for it. */
export function wantedEvents(plan: Plan, isAutomatic = false): readonly EventBody[] {
  return plan.nodes.filter((node) => node.action === "start").map((node) => wantedEvent(node, isAutomatic));
}

/** The unit is to run, as the plan says. */
export function wantedEvent({ unitId, spec, because }: PlanNode, isAutomatic = false): EventBody {
  return { type: "unit_planned", unitId, spec, because, isAutomatic };
}

function beginRun(engine: Engine, plan: Plan, events: readonly EventBody[]): void {
  const runId = newRunId(engine.host.clock.now(), engine.repository.list().at(-1));
  const first: EventBody = { type: "run_started", schemaVersion: eventSchemaVersion, mode: plan.mode, scope: engine.scopeId, repository: engine.checkout.repository };
  try {
    engine.store.begin(runId, [first, ...events]);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw unwritable(engine, errorText(error));
  }
}

function joined(plan: Plan, known: Readonly<Record<string, unknown>>): readonly EventBody[] {
  const news = plan.projects.filter((project) => JSON.stringify(known[project.name]) !== JSON.stringify(project));
  return news.map((project) => ({ type: "project_joined", project }));
}

function planned(intentId: string, plan: Plan): EventBody {
  const counts: Record<string, number> = {};
  for (const node of plan.nodes) counts[node.action] = (counts[node.action] ?? 0) + 1;
  return { type: "intent_planned", intentId, intent: plan.intent, planHash: plan.hash, counts };
}

/** `run-<UTC time to the millisecond>-<4 hex>`: sorts by time, and behind `previous` even where the clock was set back. */
function newRunId(now: number, previous: string | undefined): string {
  const stamp = BigInt(new Date(now).toISOString().replaceAll(/\D/g, ""));
  const last = BigInt(/^run-(\d{17})-/.exec(previous ?? "")?.[1] ?? 0);
  return `run-${stamp > last ? stamp : last + 1n}-${randomBytes(2).toString("hex")}`;
}

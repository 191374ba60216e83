/** What `svc`, `agent` and `agents` answer with `--json`. Development time only. */
import { z } from "zod";
import { agentRoles } from "../model/agent.ts";
import { instanceModes } from "../model/service.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const instanceMode = z.enum(instanceModes);

const listing = z.strictObject({
  name: z.string(),
  about: z.string(),
  version: z.string().nullable(),
  type: z.string().nullable(),
  capabilities: texts,
  capacity: count.nullable().meta({ description: "How many reservations there may be; null for no limit" }),
  reserved: count,
  holders: texts.meta({ description: "Who has its places: processes, connections and jobs" }),
  path: z.string(),
  origin: z.enum(["repository", "external", "plug-in"]),
  trusted: z.boolean(),
  pid: count.nullable().meta({ description: "Of its process; null before the first use" }),
  classes: z.array(z.strictObject({ name: z.string(), instance_mode: instanceMode, methods: texts })).nullable().meta({ description: "Known from the first use on" }),
  problem: z.string().nullable().meta({ description: "Why it cannot be used" }),
});
export type ServiceRow = z.infer<typeof listing>;

const handle = z.strictObject({ handle: z.string(), instance: z.string(), service: z.string(), class_name: z.string(), instance_mode: instanceMode, holder: z.string() });
const lease = z.strictObject({ lease: z.string(), service: z.string(), holder: z.string(), since: z.string(), alone: z.boolean().meta({ description: "It has every place" }) });
const figures = z.strictObject({ service: z.string(), method: z.string(), count, errors: count, avg_ms: z.number(), min_ms: z.number(), max_ms: z.number(), p95_ms: z.number() });

export const serviceReport = z.union([
  z.array(listing),
  z.strictObject({ action: z.literal("show"), ...listing.shape }),
  z.strictObject({ action: z.enum(["new", "drop"]), ...handle.shape }),
  z.strictObject({ action: z.literal("call"), result: z.unknown().meta({ description: "What the method returned; bytes as their size and sha256, and the file that --out named" }) }),
  z.strictObject({ action: z.literal("handles"), handles: z.array(handle) }),
  z.strictObject({ action: z.enum(["reserve", "release"]), ...lease.shape }),
  z.strictObject({ action: z.literal("stats"), methods: z.array(figures), leases: z.array(lease) }),
  z.strictObject({ action: z.literal("shutdown"), service: z.string(), handles: count, instances: count }),
]);
export type ServiceAnswer = z.infer<typeof serviceReport>;

const agent = z.strictObject({
  name: z.string(),
  role: z.enum(agentRoles),
  pid: count,
  project: z.string(),
  directory: z.string(),
  state: z.enum(["registered", "lost"]),
  joined_at: z.string(),
  last_seen_at: z.string().meta({ description: "Its connection is its heartbeat: now, or when that ended" }),
});
export const agentsReport = z.array(agent);
export type AgentsAnswer = z.infer<typeof agentsReport>;

export const agentReport = z.strictObject({ action: z.literal("join"), name: z.string(), state: z.enum(["registered", "lost", "left"]), pid: count });
export type AgentAnswer = z.infer<typeof agentReport>;

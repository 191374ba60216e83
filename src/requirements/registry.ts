/** The built-in requirements: one row each. */
import type { Requirement } from "./adapter.ts";
import { n8n } from "./n8n.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";

export const requirementAdapters: readonly Requirement[] = [postgres, redis, n8n];

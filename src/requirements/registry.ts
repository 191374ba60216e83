/** The built-in requirements: one row each. */
import type { Requirement } from "./adapter.ts";
import { n8n } from "./n8n.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { supabase } from "./supabase.ts";

export const requirementAdapters: readonly Requirement[] = [postgres, redis, supabase, n8n];

/** Which keys of the Python engine's form have an effect here. */
import { configKeys } from "../keys.ts";
import { suffixOf } from "./sources.ts";

/** Key → concrete path, for the keys that set exactly one of ours. */
export const directKeys: ReadonlyMap<string, string> = new Map(configKeys.flatMap((row) => Object.entries(row.legacy ?? {})));

const profile = /^(?:MAIN|TREES)_(?:STARTUP|BACKEND|FRONTEND|POSTGRES|REDIS|SUPABASE|N8N)_ENABLE$/;
const oldProfile = /^(?:POSTGRES|REDIS|SUPABASE|N8N)_(?:MAIN|TREES)_ENABLE$/;
const listener = /^(?:MAIN|TREES)_(?:BACKEND|FRONTEND)_EXPECT_LISTENER$/;
const others = new Set([
  "ENVCTL_ADDITIONAL_SERVICES", "SUPABASE_PUBLIC_PORT", "SUPABASE_API_PORT", "DB_USER", "DB_NAME", "ENVCTL_EXTERNAL_DEPENDENCIES",
  "ENVCTL_SKIP_DEFAULT_INFRASTRUCTURE", "ENVCTL_UI_VISUAL_HOST",
]);
const externalUrl = /^(?:DATABASE_URL|REDIS_URL|SUPABASE_URL|N8N_URL)$/;
const additional = /^ENVCTL_SERVICE_(.+)_(?:ENABLE|MAIN_ENABLE|TREES_ENABLE|DIR|START_CMD|PORT_BASE|EXPECT_LISTENER|HEALTH_URL|PUBLIC_URL|DEPENDS_ON|CRITICAL|ENABLE_IF_PATH)$/;
const overlay = /^ENVCTL_(.+?)_ENV__([A-Za-z_][A-Za-z0-9_]*)$/;

/** True for a key that is read; the others are told as warnings and not used. */
export function isUsedKey(key: string, services: readonly string[], hasExternal: boolean): boolean {
  if (directKeys.has(key) || others.has(key) || profile.test(key) || oldProfile.test(key) || listener.test(key)) return true;
  if (/^ENVCTL_DEPENDENCY_(?:POSTGRES|REDIS|SUPABASE|N8N)_MODE$/.test(key)) return true;
  if (externalUrl.test(key)) return hasExternal;
  const suffix = additional.exec(key)?.[1];
  return overlayOf(key, services) !== undefined || services.some((service) => suffix !== undefined && suffixOf(service) === suffix.replace(/_(?:MAIN|TREES)$/, ""));
}

/** True for a key the environment may set: its name can mean nothing but this. */
export function isOwnKey(key: string): boolean {
  return key.startsWith("ENVCTL_") || key.endsWith("_PORT_BASE") || key === "PORT_SPACING" || profile.test(key) || listener.test(key) || key === "BACKEND_DIR" || key === "FRONTEND_DIR";
}

/** `ENVCTL_BACKEND_ENV__NAME` sets NAME for the backend. */
export function overlayOf(key: string, services: readonly string[]): { readonly service: string; readonly variable: string } | undefined {
  const match = overlay.exec(key);
  const service = services.find((one) => suffixOf(one) === match?.[1]);
  return service === undefined ? undefined : { service, variable: match?.[2] ?? "" };
}

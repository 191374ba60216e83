/** The dependencies of the Python engine's form: switched per mode, or by a template that needs them. */
import type { Origin } from "../../model/config.ts";
import { booleanOf } from "../value.ts";
import type { LegacyValue } from "./lines.ts";
import { flag, settingText } from "./services.ts";
import type { Setting } from "./services.ts";

type Values = ReadonlyMap<string, LegacyValue>;

export interface LegacyRequirement {
  readonly name: string;
  readonly main: boolean;
  readonly trees: boolean;
  readonly origin: Origin;
  readonly settings: readonly Setting[];
}

/** What launch-env sections use, per mode. */
export interface TemplateUses {
  readonly main: ReadonlySet<string>;
  readonly trees: ReadonlySet<string>;
}

/** Setting of the requirement ← key. */
const settingKeys: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  postgres: { port: ["DB_PORT"], user: ["DB_USER"], database: ["DB_NAME"] },
  redis: { port: ["REDIS_PORT"] },
  supabase: { port: ["SUPABASE_PUBLIC_PORT", "SUPABASE_API_PORT"], db_port: ["DB_PORT"] },
  n8n: { port: ["N8N_PORT_BASE"] },
};
const externalUrls: Readonly<Record<string, string>> = { postgres: "DATABASE_URL", redis: "REDIS_URL", supabase: "SUPABASE_URL", n8n: "N8N_URL" };

export const legacyRequirementNames: readonly string[] = Object.keys(settingKeys);

/** The requirements some mode has switched on. */
export function legacyRequirements(values: Values, uses: TemplateUses, fileOrigin: Origin): readonly LegacyRequirement[] {
  return legacyRequirementNames.flatMap((name) => {
    const [main, trees] = [isOn(values, name, "MAIN", uses.main), isOn(values, name, "TREES", uses.trees)];
    if (!main && !trees) return [];
    const origin = toggle(values, name, "MAIN")?.origin ?? toggle(values, name, "TREES")?.origin ?? fileOrigin;
    return [{ name, main, trees, origin, settings: settingsOf(values, name, origin) }];
  });
}

function settingsOf(values: Values, name: string, origin: Origin): readonly Setting[] {
  const settings = Object.entries(settingKeys[name] ?? {}).flatMap(([key, names]) => {
    const found = names.find((one) => settingText(values, one) !== undefined);
    return found === undefined ? [] : [{ key, value: settingText(values, found) ?? "", origin: values.get(found)?.origin ?? origin }];
  });
  if (!isExternal(values, name)) return settings;
  const url = settingText(values, externalUrls[name] ?? "");
  return [...settings, { key: "engine", value: "external", origin }, ...(url === undefined ? [] : [{ key: "url", value: url, origin }])];
}

function isExternal(values: Values, name: string): boolean {
  const all = (settingText(values, "ENVCTL_EXTERNAL_DEPENDENCIES") ?? "").toLowerCase().split(",").map((one) => one.trim());
  return all.includes(name) || settingText(values, `ENVCTL_DEPENDENCY_${name.toUpperCase()}_MODE`)?.toLowerCase() === "external";
}

/** Dependencies that a template alone can switch on, as in the Python engine. */
const switchedByTemplates = new Set(["postgres", "redis"]);

/** An explicit switch wins; without one, a template that needs the dependency switches it on. */
function isOn(values: Values, name: string, mode: "MAIN" | "TREES", uses: ReadonlySet<string>): boolean {
  if (flag(values, "ENVCTL_SKIP_DEFAULT_INFRASTRUCTURE", false) && (name === "postgres" || name === "redis")) return false;
  const own = toggle(values, name, mode);
  return own === undefined ? switchedByTemplates.has(name) && uses.has(name) : booleanOf(own.text) === true;
}

/** The old spelling `POSTGRES_MAIN_ENABLE` is still understood. */
function toggle(values: Values, name: string, mode: "MAIN" | "TREES"): LegacyValue | undefined {
  const upper = name.toUpperCase();
  return values.get(`${mode}_${upper}_ENABLE`) ?? values.get(`${upper}_${mode}_ENABLE`);
}

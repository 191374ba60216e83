/** Launch-env sections and overlays of the Python engine's form, as templates whose line is dropped when an input is unavailable. */
import type { Failure } from "../../model/failure.ts";
import { invalid, placeOf } from "../entry.ts";
import type { Entry } from "../entry.ts";
import { overlayOf } from "./known.ts";
import type { LaunchSection, LegacyValue, TemplateLine } from "./lines.ts";
import type { TemplateUses } from "./requirements.ts";
import { translateTemplate } from "./sources.ts";
import type { SourceNames } from "./sources.ts";

interface LaunchEnv {
  readonly entries: readonly Entry[];
  readonly failures: readonly Failure[];
  readonly uses: TemplateUses;
  /** Requirements a service's templates take values from. */
  usesOf(service: string): ReadonlySet<string>;
}

interface Gathering {
  readonly entries: Entry[];
  readonly failures: Failure[];
  readonly uses: { readonly main: Set<string>; readonly trees: Set<string> };
  readonly byService: Map<string, Set<string>>;
  readonly names: SourceNames;
}

type Mode = "main" | "trees";

/** What the Python engine hands to every service of these names, sections or not. */
const always: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  frontend: { VITE_BACKEND_URL: "${services.backend.url}", VITE_API_URL: "${services.backend.url}/api/v1" },
  backend: { CORS_ORIGINS_RAW: "${services.frontend.url}", FRONTEND_BASE_URL: "${services.frontend.url}" },
};

/** Translates all sections. Sections of a mode come after the others, so that they win in that mode. */
export function launchEnv(sections: readonly LaunchSection[], values: ReadonlyMap<string, LegacyValue>, names: SourceNames): LaunchEnv {
  const gathering: Gathering = { entries: [], failures: [], uses: { main: new Set(), trees: new Set() }, byService: new Map(), names };
  for (const service of names.services) {
    addAlways(gathering, service);
    const own = sections.filter((section) => appliesTo(section, service));
    const shared = own.filter(({ mode }) => mode === undefined);
    const earlier = addLines(gathering, service, undefined, shared.flatMap(({ lines }) => lines), new Map());
    for (const mode of ["main", "trees"] as const) {
      addLines(gathering, service, mode, own.filter((section) => section.mode === mode).flatMap(({ lines }) => lines), earlier);
    }
  }
  addOverlays(gathering, values);
  return { entries: gathering.entries, failures: unique(gathering.failures), uses: gathering.uses, usesOf: (service) => gathering.byService.get(service) ?? new Set() };
}

/** The old sections without a service belong to backend and frontend. */
function appliesTo(section: LaunchSection, service: string): boolean {
  return section.service === undefined ? service === "backend" || service === "frontend" : section.service === service;
}

function addAlways(gathering: Gathering, service: string): void {
  const other = service === "frontend" ? "backend" : "frontend";
  if (!gathering.names.services.includes(other)) return;
  for (const [name, value] of Object.entries(always[service] ?? {})) gathering.entries.push({ path: ["optional_env", service, name], value, origin: { layer: "default" } });
}

function addLines(gathering: Gathering, service: string, mode: Mode | undefined, lines: readonly TemplateLine[], earlier: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const set = new Map(earlier);
  for (const line of lines) {
    const { template, uses, unknown } = translateTemplate(line.template, gathering.names, set);
    const problem = problemOf(line, service, unknown);
    if (problem !== undefined) gathering.failures.push(problem);
    else {
      set.set(line.name, template);
      noteUses(gathering, service, mode, uses);
      gathering.entries.push({ path: [...(mode === undefined ? [] : ["modes", mode]), "optional_env", service, line.name], value: template, origin: line.origin });
    }
  }
  return set;
}

/** A key that opens the whole database must not reach a browser. */
function problemOf(line: TemplateLine, service: string, unknown: readonly string[]): Failure | undefined {
  const place = placeOf(line.origin);
  if (line.template.includes("SUPABASE_SERVICE_ROLE_KEY") && (service === "frontend" || line.name.startsWith("VITE_"))) {
    return invalid(`\`${line.name}\` would hand the Supabase service role key to a browser`, "use SUPABASE_ANON_KEY in the frontend", place);
  }
  if (unknown.length === 0) return undefined;
  return invalid(`\`${line.name}\` uses \${${unknown[0]}}, which is not set above it`, "use an ENVCTL_SOURCE_… input or a variable of an earlier line", place);
}

function noteUses(gathering: Gathering, service: string, mode: Mode | undefined, uses: readonly string[]): void {
  const own = gathering.byService.get(service) ?? new Set<string>();
  for (const name of uses) {
    own.add(name);
    if (mode !== "trees") gathering.uses.main.add(name);
    if (mode !== "main") gathering.uses.trees.add(name);
  }
  gathering.byService.set(service, own);
}

function addOverlays(gathering: Gathering, values: ReadonlyMap<string, LegacyValue>): void {
  for (const [key, { text, origin }] of values) {
    const overlay = overlayOf(key, gathering.names.services);
    if (overlay === undefined) continue;
    const { service, variable } = overlay;
    const line = { name: variable, template: text.replaceAll(/\$\{(?!ENVCTL_SOURCE_)([A-Z][A-Z0-9_]*)\}/g, "${ENVCTL_SOURCE_$1}"), origin };
    addLines(gathering, service, undefined, [line], new Map());
  }
}

/** A shared section is read once per service; its problems are told once. */
function unique(failures: readonly Failure[]): readonly Failure[] {
  const seen = new Set<string>();
  return failures.filter((failure) => {
    const key = `${failure.place?.line}:${failure.message}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

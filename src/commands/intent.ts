/** From a command's words to an Intent. */
import type { CommandInput } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";
import type { Intent, IntentKind, Selection } from "../model/intent.ts";
import type { EngineRuntime } from "../runtime.ts";
import { listFlag } from "./targets.ts";

/** `all` is for stop-all: every project of the run. */
export function intentOf(kind: IntentKind, input: CommandInput, runtime: Pick<EngineRuntime, "host" | "checkout">, all = false): Intent {
  const { flags } = input;
  const overrides = overridesOf(flags);
  const profile = flags["profile"];
  return {
    kind,
    selection: { ...selectionOf(flags), ...(all ? { all } : {}) },
    caller: { directory: runtime.checkout.projectRoot, environment: callerEnvironment(runtime) },
    ...(flags["no-resume"] === true ? { noResume: true } : {}),
    ...(flags["remove-volumes"] === true ? { removeVolumes: true } : {}),
    ...(flags["no-wait"] === true ? { noWait: true } : {}),
    ...(typeof profile === "string" ? { profile } : {}),
    ...(overrides.length > 0 ? { overrides: Object.fromEntries(overrides) } : {}),
  };
}

/** `--service Main/backend` names its project too. */
function selectionOf(flags: CommandInput["flags"]): Selection {
  const named = listFlag(flags, "service").map((word) => word.split("/"));
  const services = named.map((parts) => parts.at(-1) ?? "");
  const projects = [...listFlag(flags, "project"), ...named.flatMap((parts) => (parts.length > 1 ? [parts.slice(0, -1).join("/")] : []))];
  const mode = flags["main"] === true ? "main" : flags["trees"] === true ? "trees" : undefined;
  return { projects: [...new Set(projects)], services: [...new Set(services)], ...(mode === undefined ? {} : { mode }) };
}

/** Each of these flags sets a configuration key. */
function overridesOf(flags: CommandInput["flags"]): readonly (readonly [string, string])[] {
  const providers = listFlag(flags, "provider").map((text) => keyValue(`providers.${text}`));
  const onEngine = typeof flags["on"] === "string" ? [["on_engine", flags["on"]] as const] : [];
  return [...listFlag(flags, "set").map(keyValue), ...onEngine, ...(flags["docker"] === true ? [["docker", "true"] as const] : []), ...providers, ...(flags["strict"] === true ? [["strict", "true"] as const] : [])];
}

function keyValue(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserError({ reason: "configuration_invalid", message: `--set needs KEY=VALUE, not "${text}"`, hint: "for example --set services.backend.port=8100" });
}

function callerEnvironment(runtime: Pick<EngineRuntime, "host">): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(runtime.host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

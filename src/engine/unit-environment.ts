/** The environment a unit starts with. */
import type { UnitSpec } from "../model/unit.ts";
import { ownerMark } from "../model/unit.ts";
import { callerSecretVariable, resolveSecrets } from "../model/secrets.ts";

/** What belongs to the npm process or the envctl unit that called us, not to what is started. */
const inherited = /^(ENVCTL_OWNER|ENVCTL_DAEMON|npm_lifecycle_.*|npm_package_.*|npm_command|npm_execpath|npm_node_execpath|npm_config_local_prefix|INIT_CWD)$/;

/** A text with its references replaced: variables of the caller, and secrets that are kept. */
export function opened(text: string, caller: Readonly<Record<string, string>>, reveal: (key: string) => string): string {
  return resolveSecrets(text, (key) => {
    const variable = callerSecretVariable(key);
    return variable === undefined ? reveal(key) : (caller[variable] ?? "");
  });
}

/** An environment without what belongs to whoever set it up. */
export function inheritedEnvironment(caller: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(caller).filter((pair): pair is [string, string] => pair[1] !== undefined && !inherited.test(pair[0])));
}

/** The caller's environment, what the configuration says, and the mark of ownership; secrets put in. */
export function unitEnvironment(
  spec: Pick<UnitSpec, "id" | "env">,
  caller: Readonly<Record<string, string>>,
  run: { readonly scopeId: string; readonly runId: string; readonly reveal: (key: string) => string },
): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, opened(value, caller, run.reveal)]));
  return { ...inheritedEnvironment(caller), ...own, ENVCTL_OWNER: ownerMark(run.scopeId, spec.id, run.runId), ENVCTL_RUN_ID: run.runId };
}

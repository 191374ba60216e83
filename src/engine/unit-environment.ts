/** The environment a unit starts with. */
import { inheritedEnvironment } from "../model/environment.ts";
import type { UnitSpec } from "../model/unit.ts";
import { ownerMark } from "../model/unit.ts";
import { callerSecretVariable, resolveSecrets } from "../model/secrets.ts";

/** A text with its references replaced: variables of the caller, and secrets that are kept. */
export function opened(text: string, caller: Readonly<Record<string, string>>, reveal: (key: string) => string): string {
  return resolveSecrets(text, (key) => {
    const variable = callerSecretVariable(key);
    return variable === undefined ? reveal(key) : (caller[variable] ?? "");
  });
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

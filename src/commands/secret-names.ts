/** Which variables the configuration calls secret. */
import { UserError } from "../model/failure.ts";
import type { ConfigRequest, EngineRuntime } from "../runtime.ts";
import type { SecretNames } from "./mask.ts";

/** Of the caller's checkout and of every further root, together; a broken configuration keeps nothing from being shown. */
export async function secretNames(runtime: Pick<EngineRuntime, "resolveConfig" | "checkout">, roots: readonly string[] = [], request: ConfigRequest = {}): Promise<SecretNames> {
  const all = new Set([runtime.checkout.repository, runtime.checkout.projectRoot, ...roots.filter((root) => root !== "")]);
  const names = await Promise.all([...all].map((projectRoot) => namesAt(runtime, { ...request, projectRoot })));
  return new Set(names.flat());
}

async function namesAt(runtime: Pick<EngineRuntime, "resolveConfig">, request: ConfigRequest): Promise<readonly string[]> {
  try {
    return (await runtime.resolveConfig(request)).config.secrets ?? [];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/**
 * Requirements that are files of their own, `<name>.mjs`, each a module that exports `requirement`: of the repository, or of the
 * user's environment. Their code runs in this process, so that of a repository is loaded only when it is trusted as it is now.
 * The contract: docs/guides/add-a-requirement.md.
 */
import { pathToFileURL } from "node:url";
import { adapterFile, adapterNames, type AdapterFile, type AdapterPlaces } from "../host/adapter-files.ts";
import { errorText } from "../host/files.ts";
import type { Trust } from "../host/trust.ts";
import type { Failure } from "../model/failure.ts";
import type { Requirement } from "./adapter.ts";
import { foreignProblems, type ForeignRequirement } from "./foreign-contract.ts";
import { adapted, type ForeignRun } from "./foreign-adapter.ts";

/** `repository` is the main checkout: its files count for every project. */
export interface ForeignPlace extends AdapterPlaces {
  readonly trust: Pick<Trust, "isTrusted">;
  readonly run: ForeignRun;
}

/** Names there is a file for. */
export function foreignNames(place: ForeignPlace): readonly string[] {
  return adapterNames(place);
}

/** Undefined when there is no such file. An edited one is loaded anew. */
export async function loadForeign(name: string, place: ForeignPlace): Promise<Requirement | Failure | undefined> {
  const file = adapterFile(place, name);
  if (file === undefined) return undefined;
  if (file.problem !== undefined) return invalid(file, file.problem);
  if (file.needsTrust && !place.trust.isTrusted(file)) return untrusted(file);
  try {
    const loaded: unknown = await place.run(file.path, () => import(`${pathToFileURL(file.file).href}?content=${file.contentHash}`));
    const exported: unknown = typeof loaded === "object" && loaded !== null && "requirement" in loaded ? loaded.requirement : undefined;
    const problems = foreignProblems(exported, name);
    return problems.length > 0 ? invalid(file, problems.join("; ")) : adapted(exported as ForeignRequirement, file.path, place.run);
  } catch (error) {
    return invalid(file, `it cannot be loaded: ${errorText(error)}`);
  }
}

function untrusted({ path, name }: AdapterFile): Failure {
  return {
    reason: "adapter_untrusted",
    message: `the requirement ${name} is code of this repository (${path}), which nobody has allowed to run as it is now`,
    hint: "read it, then `envctl trust`",
  };
}

function invalid({ path }: AdapterFile, detail: string): Failure {
  return { reason: "adapter_invalid", message: `${path}: ${detail}`, hint: "the guide add-a-requirement.md has the whole contract with an example", place: { file: path } };
}

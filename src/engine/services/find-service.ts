/** Services by their names, wherever they come from. */
import { externalServicePaths, serviceFiles, type ServiceFile } from "../../host/service-files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import type { ServiceOrderOf } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";

/** Where else they are looked for. */
export type Searching = Pick<ServiceOrderOf<"list">, "search">;

type Finding = Pick<EngineParts, "host" | "checkout" | "plugins">;

/** Those that are folders. */
export function filesOf({ checkout, host }: Finding, { search }: Searching): readonly ServiceFile[] {
  return serviceFiles(checkout.repository, search ?? externalServicePaths(host.environment));
}

/** Plug-ins are only asked for one that nobody else has. Throws a UserError, exit 2, for one that is not there. */
export async function fileOf(engine: Finding, name: string, searching: Searching): Promise<ServiceFile> {
  const isMeant = (one: ServiceFile): boolean => one.name === name;
  const file = filesOf(engine, searching).find(isMeant) ?? (await engine.plugins.services()).find(isMeant);
  if (file !== undefined) return file;
  throw new UserError({ reason: "unknown_target", message: `there is no service ${JSON.stringify(name)}`, hint: "`envctl svc list` shows those there are; one is a folder .envctl.d/services/svc_NAME with an index.mjs" }, exitCodes.interrupted);
}

/** How many places it has; no limit where it says none. Throws a UserError also for one that cannot be used: nobody knows how many it was to have. */
export async function capacityOf(engine: Finding, name: string, searching: Searching): Promise<number | undefined> {
  const file = await fileOf(engine, name, searching);
  assertUsable(file);
  return file.manifest.capacity;
}

/** Throws a UserError that says what is wrong with it. */
export function assertUsable({ name, problem }: ServiceFile): void {
  if (problem !== undefined) throw new UserError({ reason: "adapter_invalid", message: `service ${name} cannot be used: ${problem}` });
}

/** The locks a job asks for, with the places of those that belong to services. */
import { externalServicePaths } from "../../host/service-files.ts";
import { serviceOfLock } from "../../model/service.ts";
import type { JobSpec } from "../../model/job.ts";
import type { EngineParts } from "../engine.ts";
import { capacityOf } from "../services/find-service.ts";

/** Each once, and what is claimed is not used as well. Throws a UserError, exit 2, for a service that is not there, or 1 for one that cannot be used. */
export async function jobLocks(engine: Pick<EngineParts, "host" | "checkout" | "plugins">, wanted: Pick<JobSpec, "uses" | "claims">, environment: Readonly<Record<string, string>>): Promise<Pick<JobSpec, "uses" | "claims" | "places">> {
  const claims = [...new Set(wanted.claims)];
  const uses = [...new Set(wanted.uses)].filter((lock) => !claims.includes(lock));
  const places: Record<string, number> = {};
  for (const lock of [...uses, ...claims]) {
    const service = serviceOfLock(lock);
    if (service === undefined) continue;
    const capacity = await capacityOf(engine, service, { search: externalServicePaths(environment) });
    if (capacity !== undefined) places[lock] = capacity;
  }
  return { ...(uses.length === 0 ? {} : { uses }), ...(claims.length === 0 ? {} : { claims }), ...(Object.keys(places).length === 0 ? {} : { places }) };
}

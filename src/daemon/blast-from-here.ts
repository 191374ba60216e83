/** Puts a blast together with the daemons of the machine. */
import { blast } from "../engine/blast.ts";
import { keepScope } from "../engine/blast-lock.ts";
import type { BlastPlace } from "../engine/blast-scopes.ts";
import type { BlastReport, BlastRequest } from "../model/blast.ts";
import { createBlastDaemons, type BlastDaemonParts } from "./blast-daemons.ts";

/** Works without a daemon, and starts none. */
export function blastFromHere(request: BlastRequest, place: BlastPlace & BlastDaemonParts): Promise<BlastReport> {
  return blast(request, { ...place, daemons: createBlastDaemons(place), keep: (scope) => keepScope(place, place.judge, scope) });
}

/** The checks that stand before a start, and what of them is in its way. */
import type { Finding, Gate } from "../model/finding.ts";
import type { GateCheck, GateFacts } from "./check.ts";
import { diskCheck, filesCheck } from "./checks/machine.ts";
import { directoriesCheck, programsCheck } from "./checks/programs.ts";
import { examine } from "./examine.ts";

export const gateChecks: readonly GateCheck[] = [directoriesCheck, programsCheck, diskCheck, filesCheck];

/** What the checks of a gate found. Changes nothing. */
export async function gateFindings(gate: Gate, facts: GateFacts): Promise<readonly Finding[]> {
  const examiners = gateChecks.filter(({ gates }) => gates.includes(gate)).map((check) => ({ ...check, run: () => check.run(facts) }));
  return (await examine(examiners, facts.host.clock)).map(({ finding }) => finding);
}

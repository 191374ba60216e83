/** `explain UNIT|PORT|KEY`: why this port, this order, this value, or why not started. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ExplainReason, ExplainReport } from "../contracts/reports.ts";
import type { ResolvedConfig } from "../model/config.ts";
import { exitCodes, placeText, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { UnitState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import { unknownSubject } from "../ui/words.ts";
import { configuredUnit, keyReasons, knownKeys, notStartedReasons } from "./explain-key.ts";
import { isPortOfRun, portNumberReasons, type Sources } from "./explain-port.ts";
import { unitReasons } from "./explain-unit.ts";
import { runView, type RunView } from "./run-view.ts";
import { configRequest } from "./show-config.ts";
import { oneUnit } from "./targets.ts";

export const body: CommandBody<ExplainReport> = {
  async run(input, runtime) {
    const word = input.args[0] ?? "";
    const view = runView(runtime);
    const resolved = await readableConfig(input, runtime);
    const holder = isPort(word) && !isPortOfRun(Number(word), view?.state) ? await runtime.portHolder(Number(word)) : undefined;
    const sources: Sources = {
      state: view?.state,
      resolved,
      events: view === undefined ? [] : runtime.repository.events(view.state.runId),
      secrets: new Set(resolved?.config.secrets),
      ...(holder === undefined ? {} : { holder }),
    };
    const report = explained(word, input, view, sources);
    if (report !== undefined) return report;
    const names = Object.values(view?.state.units ?? {}).flatMap((unit) => [unit.spec.name, unit.spec.id]);
    throw new UserError(unknownSubject(word, nearestName(word, [...names, ...knownKeys(sources)])), exitCodes.interrupted);
  },
  text: (report) => report.reasons.map(reasonLine),
};

/** A broken configuration must not keep anybody from learning about the run. */
async function readableConfig(input: CommandInput, runtime: Pick<EngineRuntime, "resolveConfig" | "checkout">): Promise<ResolvedConfig | undefined> {
  try {
    return await runtime.resolveConfig({ ...configRequest(input), projectRoot: runtime.checkout.projectRoot });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function isPort(word: string): boolean {
  return /^\d{1,5}$/.test(word) && Number(word) > 0 && Number(word) < 65_536;
}

function explained(word: string, input: CommandInput, view: RunView | undefined, sources: Sources): ExplainReport | undefined {
  if (isPort(word)) return reportOf(word, "port", word, portNumberReasons(Number(word), sources));
  const unit = view === undefined ? undefined : unitCalled(word, input, view);
  if (unit !== undefined && view !== undefined) return reportOf(word, "unit", unit.spec.id, unitReasons(unit, view, sources));
  const key = configuredUnit(word, sources.resolved);
  if (key !== undefined && sources.resolved !== undefined) {
    return reportOf(word, "unit", word, [...notStartedReasons(key, sources.resolved, view !== undefined), ...keyReasons(key, sources)]);
  }
  return reportOf(word, "key", word, keyReasons(word, sources));
}

/** An ambiguous name is an error; an unknown one may still be a key. */
function unitCalled(word: string, input: CommandInput, view: RunView): UnitState | undefined {
  const isThere = Object.values(view.state.units).some((unit) => unit.spec.name === word || unit.spec.id.toLowerCase() === word.toLowerCase());
  return isThere ? oneUnit(view.state, word, input, view.cwdProject) : undefined;
}

function reportOf(query: string, kind: ExplainReport["kind"], subject: string, reasons: readonly ExplainReason[]): ExplainReport | undefined {
  return reasons.length === 0 ? undefined : { query, kind, subject, reasons: [...reasons] };
}

/** The place is shown unless the sentence names it already. */
function reasonLine(reason: ExplainReason): string {
  const { place } = reason;
  const where = place === undefined || reason.text.includes(place.file) ? "" : ` (${placeText(place)})`;
  return `${"  ".repeat(reason.depth)}${reason.text}${where}`;
}

/** What a way of running units needs before one can start, such as an image: fetched, timed and told. */
import { errorText } from "../host/files.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { UnitSpec } from "../model/unit.ts";
import { progressEvent } from "./progress.ts";
import { timed } from "./spans.ts";
import type { StartContext } from "./start-context.ts";

/** Undefined when it is there, or nothing is needed. */
export async function executorPreparation(spec: UnitSpec, { engine, callerEnvironment, signal }: StartContext): Promise<Failure | undefined> {
  const { prepare } = engine.executors[spec.executor];
  if (prepare === undefined) return undefined;
  const progress = (text: string, done?: number, total?: number): void => engine.store.announce(progressEvent(spec.id, text, done, total));
  engine.store.dispatch({ type: "unit_preparing", unitId: spec.id, step: "image" });
  try {
    await timed(engine, spec, "image", () => prepare({ spec, callerEnvironment, progress, signal }));
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return error.failures[0];
    if (signal.aborted) return { reason: "cancelled", message: `the start of ${spec.id} was cancelled` };
    return { reason: "prepare_failed", message: `the image of ${spec.id} could not be made ready: ${errorText(error)}` };
  }
}

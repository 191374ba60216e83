/** Whether the state can be written; what changes something is refused when it cannot. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorText, makeDirectory, writeAtomic } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import type { Engine } from "./engine.ts";

/** About what one start of one unit writes. */
const probeBytes = 4096;

/** For callers that must not go on with an unwritable state. Tries it: an append may still fit where nothing else does. */
export function assertWritable(engine: Engine): void {
  const trouble = engine.store.writeTrouble() ?? probeTrouble(engine);
  if (trouble !== undefined) throw unwritable(engine, trouble);
}

/** The state cannot be written, for the reason given. */
export function unwritable(engine: Engine, trouble: string): UserError {
  return new UserError({
    reason: "state_unwritable",
    message: `the state in ${engine.scope.root} cannot be written: ${trouble}`,
    hint: "free some space or mend its permissions; what runs goes on running, and `envctl stop` still works",
  });
}

function probeTrouble(engine: Engine): string | undefined {
  const path = join(engine.scope.root, ".probe");
  try {
    makeDirectory(engine.scope.root, engine.host.machine.isRoot);
    writeAtomic(path, "x".repeat(probeBytes));
    rmSync(path, { force: true });
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

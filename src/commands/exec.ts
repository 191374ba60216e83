/** `exec UNIT -- CMD`: runs a command as the unit would: its environment, its directory. */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { CommandBody } from "../cli/command.ts";
import type { ExecReport } from "../contracts/reports.ts";
import { UserError } from "../model/failure.ts";
import { nothingToRun, programNotFound, unitDirectoryMissing, unitUnsaid } from "../ui/words.ts";
import { requireRunView } from "./run-view.ts";
import { askedUnit } from "./targets.ts";
import { inheritedValues, revealedValues } from "./unit-values.ts";

export const body: CommandBody<ExecReport> = {
  async run(input, runtime) {
    // Loaded on demand: it brings along how projects are chosen.
    if (input.flags["browser"] === true) return (await import("./exec-browser.ts")).execBrowser(input, runtime);
    const word = input.args[0] ?? "";
    const [program, ...args] = input.passthrough;
    if (program === undefined) throw new UserError(nothingToRun(word));
    if (word === "") throw new UserError(unitUnsaid());
    const view = requireRunView(runtime);
    const { spec } = await askedUnit(view.state, word, input, view.cwdProject);
    if (!existsSync(spec.directory)) throw new UserError(unitDirectoryMissing(spec.id, spec.directory));
    const environment = { ...inheritedValues(runtime), ...(await revealedValues(spec, runtime)) };
    const end = await childEnd(program, args, { directory: spec.directory, environment, signal: input.signal });
    return { unit_id: spec.id, directory: spec.directory, command: [...input.passthrough], ...end, ok: end.exit_code === 0 };
  },
  text: () => [],
  exit: (report) => report.exit_code,
};

export interface ChildPlace {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * The terminal belongs to the child. Ctrl-C reaches it from the terminal itself; a SIGTERM sent to envctl alone is
 * passed on. A second interrupt ends envctl, see process.ts.
 */
export async function childEnd(program: string, args: readonly string[], place: ChildPlace): Promise<Pick<ExecReport, "exit_code" | "signal">> {
  // Fetched here: loading it would be felt at the start of every command.
  const child = process.getBuiltinModule("node:child_process").spawn(program, args, { cwd: place.directory, env: place.environment, stdio: "inherit" });
  const passOn = (): void => void child.kill("SIGTERM");
  process.once("SIGTERM", passOn);
  if (!process.stdin.isTTY) place.signal.addEventListener("abort", passOn, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", (error) => reject(new UserError(programNotFound(program, error.message))));
      child.on("close", (code, signal) => resolve(signal === null ? { exit_code: code ?? 0, signal: null } : { exit_code: 128 + constants.signals[signal], signal }));
    });
  } finally {
    process.off("SIGTERM", passOn);
    place.signal.removeEventListener("abort", passOn);
  }
}

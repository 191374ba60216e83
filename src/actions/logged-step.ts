/** A program that may run others (hooks, helpers): in a group of its own, with its output kept and, when it fails, shown. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runLogged } from "../host/run-logged.ts";
import { UserError } from "../model/failure.ts";
import { exitText } from "../model/unit.ts";
import { gitEnvironment } from "../worktrees/git.ts";
import { makePlace, type ActionPlace } from "./place.ts";

export interface Step {
  /** What it does, for the message: `the commit`. */
  readonly title: string;
  readonly command: readonly string[];
  readonly input?: string;
  /** Below the project's root; that itself unless given. */
  readonly directory?: string;
  /** The whole environment; the caller's unless given. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly hint: string;
  /** A better hint for some output. */
  readonly hints?: readonly (readonly [pattern: RegExp, hint: string])[];
}

/** Its output. Throws a UserError with the end of it when it does not succeed. */
export async function loggedStep(step: Step, place: ActionPlace): Promise<string> {
  makePlace(place.artifacts);
  const logPath = join(place.artifacts, `${step.title.replaceAll(/\W+/g, "-")}.log`);
  rmSync(logPath, { force: true });
  const result = await runLogged({
    command: step.command, directory: join(place.root, step.directory ?? "."), environment: step.environment ?? gitEnvironment(place.environment), logPath,
    timeoutMs: place.timeoutMs, killAfterMs: 2000, signal: place.signal, endsWithUs: true, ...(step.input === undefined ? {} : { input: step.input }),
  });
  const output = readFileSync(logPath, "utf8");
  if ("exit" in result && result.exit.kind === "code" && result.exit.code === 0) return output;
  const why = "exit" in result ? `ended with ${exitText(result.exit)}` : result.trouble;
  const hint = (step.hints ?? []).find(([pattern]) => pattern.test(output))?.[1] ?? step.hint;
  throw new UserError({ reason: "action_failed", message: `${step.title} failed (${why})`, hint, logTail: output.trimEnd().split("\n").slice(-20) });
}

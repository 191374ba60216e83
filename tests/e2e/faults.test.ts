/** For every fault that is made, the command names its cause, and its hint, followed literally, mends it. */
import { expect, test } from "vitest";
import type { Failure } from "../../src/model/failure.ts";
import { eventually } from "../rig/wait.ts";
import { startProgram } from "../rig/program.ts";
import { faults, type Fault } from "./faults.ts";
import { scene, type Configuration, type Scene } from "./scene.ts";
import { puppet } from "../rig/puppet.ts";

type Environment = Readonly<Record<string, string>>;

interface Trouble {
  readonly message: string;
  /** With the last lines of the log, which say it as often. */
  readonly hint: string;
}

const usual = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } } } });

test.each(faults.map((fault) => ({ ...fault, title: fault.name })))("$title is named, and its hint mends it", async (fault) => {
  if (fault.isSkipped === true) return;
  const stack = await scene(fault.configuration ?? usual, fault.options);
  await fault.make?.(stack);
  const env = fault.env?.(stack) ?? {};
  const told = (await troubles(stack, fault, env)).find(({ message }) => fault.cause.test(message));
  expect(told, `${fault.tell.join(" ")} does not tell`).toBeDefined();
  expect(told?.hint).toMatch(fault.hint);
  const after = await mended(fault, stack, told?.hint ?? "", env);
  expect(await eventually(async () => ((await troubles(stack, fault, after)).some(({ message }) => fault.cause.test(message)) ? undefined : "mended"))).toBe("mended");
});

/** What a command complains about, from its JSON. */
async function troubles(stack: Scene, { tell }: Fault, env: Environment): Promise<readonly Trouble[]> {
  const outcome = await stack.envctl([...tell, "--json"], { env });
  const [report] = tell[0] === "doctor" ? [outcome.json()] : outcome.jsonLines().slice(-1);
  const { findings = [], failures = [], error, errors } = report as { readonly findings?: readonly Finding[]; readonly failures?: readonly Failure[]; readonly error?: Failure; readonly errors?: readonly Failure[] };
  const found = findings.filter(({ status }) => status !== "pass").map(({ detail, hint = "" }) => ({ message: detail, hint }));
  return [...found, ...[...failures, ...(errors ?? (error === undefined ? [] : [error]))].map(({ message, hint = "", logTail = [] }) => ({ message, hint: [hint, ...logTail].join("\n") }))];
}

interface Finding {
  readonly status: string;
  readonly detail: string;
  readonly hint?: string;
}

/** The environment for the next call. */
async function mended(fault: Fault, stack: Scene, hint: string, env: Environment): Promise<Environment> {
  if (fault.mend === undefined) await follow(stack, hint, env);
  else if (fault.env === undefined || fault.mend.length > 0) await fault.mend(stack, hint);
  else return (await fault.mend(stack, hint)) as Environment;
  return env;
}

/** Every command in the hint, as it stands there; who answers for `doctor --fix` is its --yes. */
async function follow(stack: Scene, hint: string, env: Environment): Promise<void> {
  for (const [, command = ""] of hint.matchAll(/`([^`]+)`/g)) {
    if (command.startsWith("envctl ")) await stack.envctl([...command.split(" ").slice(1), ...(command.includes("--fix") ? ["--yes"] : [])], { env });
    else await startProgram(["/bin/sh", "-c", command], { cwd: stack.repo.root, env: { ...stack.env, ...env } }).ended;
  }
}

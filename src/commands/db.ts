/** `envctl db list|snapshot|restore|clone|reset|shell|url`: data of projects as a whole, and a way to look inside. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { DbReport } from "../contracts/db-report.ts";
import type { DataAction as AnyDataAction, DataOrder } from "../model/data.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { table } from "../ui/table.ts";
import { dbTarget, reached, type DbTarget } from "./db-target.ts";
import { childEnd } from "./exec.ts";
import { intentOf } from "./intent.ts";
import { watched } from "./lifecycle.ts";
import { inheritedValues } from "./unit-values.ts";
import { saysYes } from "./ask.ts";

type Action = DbReport["action"];
/** What is deleted of a worktree on Main's server goes with the worktree. */
type DataAction = Exclude<AnyDataAction, "drop">;

/** Action → what follows it. */
const words: Readonly<Record<Action, readonly string[]>> = { list: [], snapshot: ["NAME"], restore: ["NAME"], clone: ["FROM", "TO"], reset: [], shell: [], url: [] };

export const body: CommandBody<DbReport> = {
  run: async (input, runtime) => {
    const [word = "list", ...names] = input.args;
    const action = actionOf(word, names);
    switch (action) {
      case "list":
        return { action, data: (await runtime.dataOf(await listedProjects(input, runtime))).map((one) => ({ ...one, snapshots: [...one.snapshots] })) };
      case "url": {
        const target = await dbTarget(input, runtime);
        return { action, project: target.project, requirement: target.requirement, url: (await reached(target, runtime)).values["url"] ?? "" };
      }
      case "shell":
        return shell(await dbTarget(input, runtime), input, runtime);
      case "snapshot":
      case "restore":
      case "clone":
      case "reset":
        return ordered(action, names, input, runtime);
    }
  },
  text: textOf,
  exit: (report) => (report.action === "shell" ? report.exit_code : "exit" in report ? report.exit : exitCodes.ok),
};

function actionOf(word: string, names: readonly string[]): Action {
  const action = (Object.keys(words) as readonly Action[]).find((one) => one === word);
  if (action === undefined) throw new UserError({ reason: "unknown_target", message: `data cannot "${word}"`, hint: `one of ${Object.keys(words).join(", ")}` });
  const wanted = words[action];
  if (wanted.length === names.length) return action;
  throw new UserError({ reason: "usage_invalid", message: `\`db ${action}\` takes ${wanted.length === 0 ? "no name" : wanted.join(" and ")}, and ${names.length === 0 ? "none was" : `${names.join(" ")} was`} given`, hint: `envctl ${["db", action, ...wanted].join(" ")}` });
}

async function listedProjects(input: CommandInput, runtime: EngineRuntime): Promise<readonly string[]> {
  if (input.flags["project"] !== undefined) return [(await dbTarget(input, runtime)).project];
  return (await runtime.discoverProjects()).map(({ name }) => name);
}

async function ordered(action: DataAction, names: readonly string[], input: CommandInput, runtime: EngineRuntime): Promise<DbReport> {
  const [from, to] = action === "clone" ? names : [];
  const { project, requirement } = await dbTarget(input, runtime, from);
  if (action === "reset") await confirm(`Begin anew with an empty ${requirement} of ${project}? What is there is kept as a snapshot. [y/N] `, input);
  const { caller, profile, overrides } = intentOf("start", input, runtime);
  const order: DataOrder = {
    action, project, requirement, caller,
    ...(action === "clone" ? { to: (await dbTarget(input, runtime, to)).project } : action === "reset" ? {} : { name: names[0] ?? "" }),
    ...(profile === undefined ? {} : { profile }),
    ...(overrides === undefined ? {} : { overrides }),
  };
  const control = await runtime.control();
  const report = await watched(control, input, () => control.data(order, input.signal));
  return { ...report, action, failures: [...report.failures] };
}

async function confirm(question: string, input: CommandInput): Promise<void> {
  if (input.flags["force"] === true) return;
  if (!input.isInteractive) throw new UserError({ reason: "usage_invalid", message: "`db reset` asks first, and nobody is there to answer", hint: "say --force" });
  if (!(await saysYes(question, input))) throw new UserError({ reason: "cancelled", message: "nothing was touched" }, exitCodes.interrupted);
}

interface ShellWay {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

type Way = (values: Readonly<Record<string, string>>) => ShellWay;

const psql: Way = ({ host = "", port = "", user = "", password = "", database = "" }) => ({ program: "psql", args: [], environment: { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } });

/** Adapter → the program people look inside with. Passwords go by the environment, which other users cannot read. */
const shells: Readonly<Record<string, Way>> = {
  postgres: psql,
  supabase: psql,
  redis: ({ host = "", port = "", password = "" }) => ({ program: "redis-cli", args: ["-h", host, "-p", port], environment: { REDISCLI_AUTH: password } }),
};

async function shell(target: DbTarget, input: CommandInput, runtime: EngineRuntime): Promise<DbReport> {
  const { values, programs, adapter } = await reached(target, runtime);
  const way = shells[adapter]?.(values);
  if (way === undefined) throw new UserError({ reason: "usage_invalid", message: `there is no shell for ${adapter}` });
  const inherited = inheritedValues(runtime);
  const places = [programs, ...(inherited["PATH"] ?? "").split(":")];
  const directory = places.find((place) => place !== "" && existsSync(join(place, way.program)));
  if (directory === undefined) {
    throw new UserError({ reason: "runtime_missing", message: `${way.program} is neither beside the server in ${programs} nor on the PATH`, hint: `install it (Debian: ${way.program === "psql" ? "postgresql-client" : "redis-tools"}), or connect with any client to what \`envctl db url\` prints` });
  }
  const program = join(directory, way.program);
  const end = await childEnd(program, [...way.args, ...input.passthrough], { directory: target.root, environment: { ...inherited, ...way.environment }, signal: input.signal });
  return { action: "shell", project: target.project, requirement: target.requirement, program, ...end };
}

function textOf(report: DbReport): readonly string[] {
  switch (report.action) {
    case "shell":
      return [];
    case "url":
      return [report.url];
    case "list":
      return listLines(report.data);
    case "snapshot":
    case "restore":
    case "clone":
    case "reset":
      return report.ok ? [doneLine(report)] : [...report.failures.flatMap((failure) => failureLines(failure)), "The data are as they were before."];
  }
}

function doneLine({ action, project, requirement, snapshot, bytes, durationMs, restarted }: Extract<DbReport, { readonly action: DataAction }>): string {
  const how = `${megabytes(bytes)} in ${duration(durationMs)}${restarted ? ", its server was restarted" : ""}`;
  const what: Readonly<Record<DataAction, string>> = {
    snapshot: `Snapshot "${snapshot}" of ${project}/${requirement}: ${how}.`,
    restore: `${project}/${requirement} is as in snapshot "${snapshot}" again: ${how}.`,
    clone: `Cloned ${requirement} of ${project}: ${how}.`,
    reset: `${project}/${requirement} begins anew${snapshot === undefined ? "" : `; what was there is the snapshot "${snapshot}"`}.`,
  };
  return what[action];
}

function listLines(data: Extract<DbReport, { readonly action: "list" }>["data"]): readonly string[] {
  if (data.length === 0) return ["No project has data yet."];
  const rows = data.flatMap((one) => [
    [`${one.project}/${one.requirement}`, megabytes(one.bytes), ""],
    ...one.snapshots.map((snapshot) => [`  ${snapshot.name}`, megabytes(snapshot.bytes), snapshot.created_at ?? ""]),
  ]);
  return table(["data", "size", "made"], rows);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Commands of the table, called from the dashboard: what they would do is shown first where it cannot be undone. */
import type { CommandSpec } from "../../cli/command.ts";
import { isConfigured, runCommand } from "../../cli/run.ts";
import { coloredLine } from "../../ui/dashboard/log-text.ts";
import { outcomeText, questionLines } from "../../ui/dashboard/intent-words.ts";
import { callArguments, callWords } from "../../ui/dashboard/palette.ts";
import type { Call, Overlay, Targets } from "../../ui/dashboard/place.ts";
import type { Line } from "../../ui/dashboard/span.ts";
import type { RunReport } from "../../model/control.ts";
import type { IntentKind } from "../../model/intent.ts";
import type { IntentRequest } from "../../sdk/api.ts";
import { intentOf } from "../intent.ts";
import { connected } from "./connected.ts";
import { handedOver, ownCommand } from "./programs.ts";
import type { Session } from "./session.ts";

const intentKinds: Readonly<Record<string, IntentKind>> = { start: "start", stop: "stop", restart: "restart", resume: "resume", reload: "reload" };
/** Intents that end units which run. */
const ending: readonly string[] = ["stop", "restart", "reload"];
/** They answer with lines and ask nothing. */
const answering: readonly CommandSpec["family"][] = ["lifecycle", "inspect", "logs", "configure"];

const gitTimeoutMs = 20_000;

const backPrompt = "\n[envctl] any key goes back to the dashboard ";

/** The answer is what became of it, in words. */
export async function carryOutCall(call: Call, isConfirmed: boolean, session: Session): Promise<string> {
  const spec = session.gathering.table().find((row) => row.name === call.command);
  if (spec === undefined) return `\`${call.command}\` is not a command of this version`;
  const kind = call.words.length === 0 ? intentKinds[call.command] : undefined;
  // Carrying out a plan needs a written configuration, which a person is asked for first.
  if (spec.needs === "config" && !isConfigured(session.runtime)) {
    const trouble = await handedOver(ownCommand(["config"]), session);
    if (!isConfigured(session.runtime)) return trouble === "" ? `\`${call.command}\` needs a configuration, and none was written` : trouble;
  }
  if (kind !== undefined) return carryOutIntent(kind, call, isConfirmed, session);
  if (!isConfirmed && (endsSomething(call, spec) || wantsMessage(call, spec))) return askFirst(call, spec, session);
  const isFollowing = call.words.some((word) => word === "-f" || word === "--follow");
  if (answering.includes(spec.family) && spec.asks !== true && spec.takesPassthrough !== true && !isFollowing) return answerOf(call, session);
  return handedOver(ownCommand(callArguments(call)), session, backPrompt);
}

/** Shows exactly what would happen, by the command's own rehearsal where it has one. */
async function askFirst(call: Call, spec: CommandSpec, session: Session): Promise<string> {
  const hasRehearsal = spec.flags.some((flag) => flag.name === "dry-run");
  const rehearsal = hasRehearsal ? await answered([...callArguments(call), "--dry-run"], session) : undefined;
  // What cannot even be rehearsed is no question.
  if (rehearsal !== undefined && rehearsal.exit !== 0) return showAnswer(call, rehearsal, session);
  const lines = rehearsal?.lines ?? [spec.about, ...(spec.family === "action" ? await changedFiles(call.targets, session) : [])];
  open(session, wantsMessage(call, spec) ? { kind: "message", title: call.command, lines, call, text: "" } : { kind: "confirm", title: call.command, lines, call });
  return "";
}

/** Typed with words of its own, a stop may mean anything. */
function endsSomething({ command, words }: Call, spec: CommandSpec): boolean {
  return !words.includes("--dry-run") && (spec.isDestructive === true || ending.includes(command));
}

/** It makes a commit, and was not told what to write. */
function wantsMessage(call: Call, spec: CommandSpec): boolean {
  return call.words.length === 0 && spec.flags.some((flag) => flag.name === "message");
}

/** What is not committed in the projects it is about, as git says it. */
async function changedFiles({ projects, units }: Targets, { runtime, world, signal }: Session): Promise<readonly string[]> {
  const { git, report } = world();
  const meant = report.projects.filter(({ name }) => projects.includes(name) || units.some((unitId) => projectOf(unitId) === name));
  const parts = await Promise.all(meant.map(async ({ name, root }) => {
    const { stdout } = await runtime.host.runProgram(["git", "--no-optional-locks", "status", "--short"], { directory: root, timeoutMs: gitTimeoutMs, signal });
    const files = stdout.split("\n").filter((line) => line !== "");
    return ["", `${name}${git[name]?.branch === undefined ? "" : ` on ${git[name].branch}`}: ${files.length === 0 ? "nothing is changed" : `${files.length} changed`}`, ...files.map((line) => `  ${line}`)];
  }));
  return parts.flat();
}

async function answerOf(call: Call, session: Session): Promise<string> {
  const done = session.gathering.begin(call.command);
  return showAnswer(call, await answered(callArguments(call), session).finally(done), session);
}

interface Answer {
  readonly lines: readonly string[];
  readonly exit: number;
}

function showAnswer(call: Call, { lines, exit }: Answer, session: Session): string {
  const shown: readonly Line[] = lines.length === 0 ? coloredLines([exit === 0 ? "done" : `exit code ${exit}`]) : coloredLines(lines);
  open(session, { kind: "output", title: [call.command, callWords(call)].filter((part) => part !== "").join(" "), lines: shown, top: 0 });
  return "";
}

function coloredLines(lines: readonly string[]): readonly Line[] {
  return lines.map(coloredLine);
}

function open({ go }: Session, overlay: Overlay): void {
  go((place) => ({ ...place, overlay }));
}

/** The lines a command writes for a person, errors included. */
async function answered(argv: readonly string[], { runtime, compose, gathering, input, terminal }: Session): Promise<Answer> {
  let text = "";
  const write = (more: string): void => void (text += more);
  const exit = await runCommand(argv, {
    environment: { ...runtime.host.environment },
    directory: () => runtime.checkout.projectRoot,
    // Who leaves the dashboard takes nothing back: what was asked for goes on in the daemon.
    signal: input.signal,
    writeOut: write,
    writeError: write,
    isInputTerminal: false,
    isOutputTerminal: input.screen.hasColor,
    width: terminal.size().width - 6,
    compose,
    table: async () => gathering.table(),
  });
  return { lines: text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined), exit };
}

/** One intent for each project, since a selection is every named service of every named project. */
function intentsOf(kind: IntentKind, { projects, units }: Targets, { input, runtime }: Session): readonly IntentRequest[] {
  const intent = (flags: Readonly<Record<string, readonly string[]>>): IntentRequest => {
    const { selection, caller: _caller, ...rest } = intentOf(kind, { ...input, flags: { ...input.flags, ...flags } }, runtime);
    return { ...rest, ...selection };
  };
  if (projects.length + units.length === 0) return [intent({})];
  const byProject = [...new Set(units.map(projectOf))].map((project) => units.filter((unitId) => projectOf(unitId) === project));
  return [...(projects.length === 0 ? [] : [intent({ project: projects })]), ...byProject.map((service) => intent({ service }))];
}

function projectOf(unitId: string): string {
  return unitId.slice(0, unitId.lastIndexOf("/"));
}

async function carryOutIntent(kind: IntentKind, call: Call, isConfirmed: boolean, session: Session): Promise<string> {
  const what = [kind, callWords(call) || "everything"].join(" ");
  const done = session.gathering.begin(what);
  try {
    const intents = intentsOf(kind, call.targets, session);
    const asked = isConfirmed ? [] : await Promise.all(intents.map((intent) => session.repository.preview(intent)));
    const lines = questionLines(asked, call.targets);
    if (lines.length > 0) {
      open(session, { kind: "confirm", title: kind, lines, call });
      return "";
    }
    const before = session.world().report;
    const reports = await connected(session.repository, async ({ submit }) => {
      const done: RunReport[] = [];
      for (const intent of intents) done.push(await submit({ ...intent, signal: session.input.signal }));
      return done;
    });
    session.go((place) => ({ ...place, chosen: [] }));
    return `${what}: ${outcomeText(reports, call.targets, before)}`;
  } finally {
    done();
  }
}

/** Carries out what a key asked for. The answer is a word for the person, or empty. */
import { following } from "../../ui/dashboard/place.ts";
import type { Effect } from "../../ui/dashboard/effect.ts";
import { logUnits } from "../../ui/dashboard/log-pane.ts";
import { openInBrowser } from "../browser.ts";
import { logPathOf } from "../run-view.ts";
import { isRotated } from "../stored-log.ts";
import { carryOutCall } from "./calls.ts";
import { connected } from "./connected.ts";
import { handedOver, ownCommand } from "./programs.ts";
import type { Session } from "./session.ts";

type Of<K extends Effect["kind"]> = Extract<Effect, { readonly kind: K }>;

/** Throws what the world throws; the caller says it. */
export async function carriedOut(effect: Effect, session: Session): Promise<string> {
  switch (effect.kind) {
    case "call":
      return carryOutCall(effect.call, effect.isConfirmed, session);
    case "scroll":
      return scroll(effect, session);
    case "seek":
      return seek(effect, session);
    case "job":
      return orderJob(effect, session);
    case "open":
      return openUrl(effect.url, session);
    case "copy":
      session.terminal.copy(effect.text);
      return `copied ${effect.what}`;
    case "read":
      return effect.jobId === undefined ? readLog(effect.program, session) : readOutput(effect.program, effect.jobId, session);
    case "shell":
      return handedOver(ownCommand(["exec", effect.unitId, "--", session.runtime.host.environment["SHELL"] || "sh"]), session);
    case "daemon":
      return startDaemon(session);
    case "redraw":
      session.terminal.redraw();
      return "";
    case "mouse":
      session.terminal.hearMouse(effect.isHeard);
      return "";
    case "suspend":
      session.terminal.suspend();
      return "";
    case "quit":
      session.terminal.end();
      return "";
  }
}

async function scroll({ lines }: Of<"scroll">, { gathering, go }: Session): Promise<string> {
  const ends = await gathering.logs.moved(lines);
  go((place) => ({ ...place, log: ends === undefined ? following(place.log) : { ...place.log, ends } }));
  return "";
}

async function seek({ direction }: Of<"seek">, { gathering, go }: Session): Promise<string> {
  const sought = await gathering.logs.sought(direction);
  if (sought === undefined) return direction === "next" ? "no error further on" : "no error before";
  const { ends, found } = sought;
  go((place) => ({ ...place, log: { ...place.log, ends, found: { unitId: found.unitId, end: found.end } } }));
  return "";
}

async function orderJob({ action, jobId }: Of<"job">, { repository, signal }: Session): Promise<string> {
  const [job] = await connected(repository, (envctl) => envctl.jobs({ action, ids: [jobId] }, signal));
  return `job ${job?.spec.name ?? jobId}: ${job?.life.status ?? "is not there any more"}`;
}

async function openUrl(url: string, { runtime }: Session): Promise<string> {
  const trouble = await openInBrowser(url, runtime.host);
  return trouble === undefined ? `opened ${url}` : `${url} could not be opened: ${trouble}; \`y\` copies it`;
}

function readLog(program: Of<"read">["program"], session: Session): Promise<string> {
  return program === "pager" ? readInPager(session) : readInEditor(session);
}

async function readOutput(program: Of<"read">["program"], jobId: string, session: Session): Promise<string> {
  const path = session.gathering.jobs.outputOf(jobId);
  return path === undefined ? "it wrote nothing yet" : handedOver(["sh", "-c", `${programFor(program, session)} "$1"`, "sh", path], session);
}

/** The person's own, with its options; an empty variable names none. */
function programFor(program: Of<"read">["program"], { runtime }: Session): string {
  const { PAGER: pager, VISUAL: visual, EDITOR: editor } = runtime.host.environment;
  return program === "pager" ? pager || "less -R" : visual || editor || "vi";
}

/** One log where it lies, however long it is; else through `envctl logs`, which reads across rotated pieces and merges units by time. */
async function readInPager(session: Session): Promise<string> {
  const units = logUnits(session.world(), session.place());
  if (units.length === 0) return "nothing is chosen";
  const [path, pager] = [wholeLog(session, units), programFor("pager", session)];
  if (path !== undefined) return handedOver(["sh", "-c", `${pager} "$1"`, "sh", path], session);
  // With a trap the shell outlives a Ctrl-C that is meant for the pager.
  return handedOver(["sh", "-c", `trap : INT; "$@" | ${pager}`, "sh", ...logWords(units)], session);
}

async function readInEditor(session: Session): Promise<string> {
  const units = logUnits(session.world(), session.place());
  if (units.length !== 1) return "choose one unit: an editor takes one file";
  const [path, editor] = [wholeLog(session, units), programFor("editor", session)];
  return path === undefined ? handedOver(["sh", "-c", editedCopy(editor), "sh", ...logWords(units)], session) : handedOver(["sh", "-c", `${editor} "$1"`, "sh", path], session);
}

/** The file of the only unit, where it is all of its log. */
function wholeLog({ runtime }: Session, [unitId = "", ...others]: readonly string[]): string | undefined {
  const state = runtime.repository.latest()?.state;
  const unit = state?.units[unitId];
  if (state === undefined || unit === undefined || others.length > 0) return undefined;
  const path = logPathOf(runtime, state, unit);
  return isRotated(path) ? undefined : path;
}

/** A command that writes all of their logs. */
function logWords(units: readonly string[]): readonly string[] {
  return ownCommand(["logs", "--tail", "all", "--service", units.join(",")]);
}

/** What the words of the shell write, as a file that goes with the editor. */
function editedCopy(editor: string): string {
  return `copy=$(mktemp) || exit; trap 'rm -f "$copy"' EXIT; trap : INT; trap 'exit 1' HUP TERM; "$@" > "$copy"; ${editor} "$copy"`;
}

async function startDaemon({ repository }: Session): Promise<string> {
  const state = await connected(repository, (envctl) => envctl.state());
  return state === undefined ? "a daemon is there" : "a daemon looks after everything again";
}

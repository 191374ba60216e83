/** What a key leads to: another place, and effects for the outside to carry out. Pure. */
import { moved } from "./act-move.ts";
import { overlayKey } from "./act-overlay.ts";
import type { Effect, Step } from "./effect.ts";
import { jobUnderCursor } from "./jobs-pane.ts";
import { rowOfKey, type ActionName } from "./keys.ts";
import { choiceFor } from "./palette.ts";
import { coloredLine } from "./log-text.ts";
import { following, type Place, type View } from "./place.ts";
import { plainLine } from "./span.ts";
import { cursorRow, targetsOf, targetUnits, treeRows, unitGrade } from "./tree.ts";
import { unitsOf, type World } from "./world.ts";

/** `room`: lines of the pane that pages go by. */
export function act(key: string, place: Place, world: World, room: number): Step {
  const quiet: Place = { ...place, message: "" };
  if (place.overlay !== undefined) return overlayKey(key, quiet, place.overlay, world, actionStep);
  const row = rowOfKey(key);
  if (row === undefined) return { place: quiet, effects: [] };
  return "command" in row ? commandStep(row.command, quiet, world) : actionStep(row.action, quiet, world, room);
}

/** A command of the table for what is chosen. */
function commandStep(name: string, place: Place, world: World): Step {
  if (hasJobKeys(place)) return jobStep(name, pickedJob(place, world), place);
  const command = world.commands.find((one) => one.name === name);
  if (command === undefined) return said(place, `\`${name}\` is not a command of this version`);
  const choice = choiceFor(command, targetsOf(world, place), world);
  return choice.kind === "call" ? { place, effects: [{ kind: "call", call: choice.call, isConfirmed: false }] } : said({ ...place, overlay: { kind: "palette", text: `${name} `, at: 0 } }, "");
}

/** The pane of jobs has the keys; no unit may be ended by them then, also when the last job has just gone. */
function hasJobKeys({ view, focus }: Place): boolean {
  return view === "jobs" && focus === "view";
}

/** The job that keys are for: the one under the cursor while its pane has them. */
function pickedJob(place: Place, world: World): string | undefined {
  return hasJobKeys(place) ? jobUnderCursor(world, place)?.tid : undefined;
}

const jobActions: Readonly<Record<string, "stop" | "retry">> = { stop: "stop", restart: "retry" };

function jobStep(name: string, jobId: string | undefined, place: Place): Step {
  const action = jobActions[name];
  if (action === undefined) return said(place, `\`${name}\` is for units: Tab goes back to them`);
  if (jobId === undefined) return said(place, "there is no job; Tab goes back to the units");
  return { place, effects: [{ kind: "job", action, jobId }] };
}

type Handler = (place: Place, world: World) => Step;

const handlers: Readonly<Partial<Record<ActionName, Handler>>> = {
  fold: (place, world) => withFolded(place, world, true),
  unfold: (place, world) => withFolded(place, world, false),
  "fold-all": (place, world) => at({ ...place, folded: place.folded.length > 0 ? [] : world.report.projects.map(({ name }) => name) }),
  choose: (place, world) => chosen(place, world),
  "choose-all": (place, world) => allChosen(place, world),
  "choose-none": (place) => at({ ...place, chosen: [] }),
  "next-problem": (place, world) => nextProblem(place, world),
  focus: (place) => at({ ...place, focus: place.focus === "units" ? "view" : "units" }),
  back: (place) => back(place),
  logs: (place) => shown(place, "logs"),
  detail: (place) => shown(place, place.view === "detail" ? "logs" : "detail"),
  waterfall: (place) => shown(place, place.view === "waterfall" ? "logs" : "waterfall"),
  compare: (place) => shown(place, place.view === "compare" ? "logs" : "compare"),
  "job-pane": (place) => at(place.view === "jobs" ? { ...place, view: "logs", focus: "units" } : { ...place, view: "jobs", top: 0, focus: "view" }),
  everything: (place) => at({ ...place, view: "logs", log: { ...following(place.log), scope: place.log.scope === "everything" ? "chosen" : "everything" } }),
  filter: (place) => at({ ...place, view: "logs", overlay: { kind: "filter", text: place.log.filter, isRegex: place.log.isRegex } }),
  "next-error": (place) => ({ place: { ...place, view: "logs" }, effects: [{ kind: "seek", direction: "next" }] }),
  "previous-error": (place) => ({ place: { ...place, view: "logs" }, effects: [{ kind: "seek", direction: "previous" }] }),
  follow: (place) => ({ place: { ...place, view: "logs" }, effects: [{ kind: "scroll", lines: place.log.ends === undefined ? 0 : "last" }] }),
  time: (place) => at({ ...place, log: { ...place.log, showsTime: !place.log.showsTime } }),
  wrap: (place) => at({ ...place, log: { ...place.log, wraps: !place.log.wraps } }),
  pager: (place, world) => readStep("pager", place, world),
  editor: (place, world) => readStep("editor", place, world),
  open: (place, world) => urlStep(place, world, (url) => ({ kind: "open", url })),
  copy: (place, world) => urlStep(place, world, (url) => ({ kind: "copy", text: url, what: url })),
  "copy-log": (place, world) => copyLogStep(place, world),
  shell: (place, world) => shellStep(place, world),
  path: (place) => at({ ...place, view: "compare", overlay: { kind: "path", text: place.path } }),
  palette: (place) => at({ ...place, overlay: { kind: "palette", text: "", at: 0 } }),
  help: (place) => at({ ...place, overlay: { kind: "help", top: 0 } }),
  redraw: (place) => ({ place, effects: [{ kind: "redraw" }] }),
  mouse: (place) => ({ place: { ...place, hasMouse: !place.hasMouse, message: place.hasMouse ? "the mouse selects text again" : "the wheel scrolls, a click chooses; M gives the mouse back" }, effects: [{ kind: "mouse", isHeard: !place.hasMouse }] }),
  daemon: (place, world) => (world.link === "live" ? said(place, "a daemon is there already") : { place, effects: [{ kind: "daemon" }] }),
  suspend: (place) => ({ place, effects: [{ kind: "suspend" }] }),
  quit: (place) => ({ place, effects: [{ kind: "quit" }] }),
};

/** The step of an action, for keys and the palette alike. */
export function actionStep(action: ActionName, place: Place, world: World, room = 0): Step {
  const handler = handlers[action];
  return handler === undefined ? moved(action, place, world, room) : handler(place, world);
}

function at(place: Place): Step {
  return { place, effects: [] };
}

function said(place: Place, message: string): Step {
  return { place: { ...place, message }, effects: [] };
}

function shown(place: Place, view: View): Step {
  return at({ ...place, view, top: 0 });
}

function withFolded(place: Place, world: World, isFolded: boolean): Step {
  const row = cursorRow(world, place);
  if (row === undefined) return at(place);
  const project = row.kind === "project" ? row.key : row.unit.project;
  const folded = isFolded ? [...new Set([...place.folded, project])] : place.folded.filter((name) => name !== project);
  return at({ ...place, folded, cursor: isFolded ? project : place.cursor });
}

function chosen(place: Place, world: World): Step {
  const row = cursorRow(world, place);
  if (row === undefined) return at(place);
  if (row.kind === "project") return allChosen(place, world);
  const isThere = place.chosen.includes(row.key);
  return moved("down", { ...place, chosen: isThere ? place.chosen.filter((one) => one !== row.key) : [...place.chosen, row.key] }, world, 0);
}

/** Every unit of the project, or none of them when all are chosen. */
function allChosen(place: Place, world: World): Step {
  const row = cursorRow(world, place);
  const project = row?.kind === "project" ? row.key : row?.unit.project;
  const units = unitsOf(world).filter((unit) => unit.project === project).map((unit) => unit.unit_id);
  const isAll = units.every((unitId) => place.chosen.includes(unitId));
  return at({ ...place, chosen: isAll ? place.chosen.filter((one) => !units.includes(one)) : [...new Set([...place.chosen, ...units])] });
}

/** Below the cursor first, then from the top. */
function nextProblem(place: Place, world: World): Step {
  const rows = treeRows(world, { ...place, folded: [] });
  const from = rows.findIndex((row) => row.isCursor) + 1;
  const next = [...rows.slice(from), ...rows.slice(0, from)].find((row) => row.kind === "unit" && unitGrade(row.unit) !== "ok");
  if (next?.kind !== "unit") return said(place, "no unit has a problem");
  return at({ ...place, cursor: next.key, folded: place.folded.filter((name) => name !== next.unit.project), log: following(place.log) });
}

/** One thing at a time, the newest first. */
function back(place: Place): Step {
  if (place.log.filter !== "") return at({ ...place, log: { ...following(place.log), filter: "" } });
  if (place.log.ends !== undefined) return at({ ...place, log: following(place.log) });
  if (place.view !== "logs") return at({ ...place, view: "logs", focus: "units" });
  if (place.chosen.length > 0) return at({ ...place, chosen: [] });
  return at({ ...place, focus: "units" });
}

function readStep(program: "pager" | "editor", place: Place, world: World): Step {
  const jobId = pickedJob(place, world);
  if (hasJobKeys(place) && jobId === undefined) return said(place, "there is no job; Tab goes back to the units");
  return { place, effects: [{ kind: "read", program, ...(jobId === undefined ? {} : { jobId }) }] };
}

function urlStep(place: Place, world: World, effect: (url: string) => Effect): Step {
  const urls = targetUnits(world, targetsOf(world, place)).flatMap((unit) => unit.url ?? []);
  const [url] = urls;
  return url === undefined ? said(place, "it has no URL") : { place, effects: [effect(url)] };
}

/** Without colours: whoever pastes it wants text. */
function copyLogStep(place: Place, world: World): Step {
  const { found } = place.log;
  const all = place.view === "jobs" ? world.jobLines : world.log.lines;
  const one = all.filter((line) => found !== undefined && line.unitId === found.unitId && line.end === found.end);
  const lines = one.length > 0 ? one : all;
  if (lines.length === 0) return said(place, "there is no line to copy");
  return { place, effects: [{ kind: "copy", text: lines.map(({ text }) => `${plainLine(coloredLine(text))}\n`).join(""), what: lines.length === 1 ? "1 line" : `${lines.length} lines` }] };
}

function shellStep(place: Place, world: World): Step {
  const [unit] = targetUnits(world, targetsOf(world, place));
  return unit === undefined ? said(place, "choose a unit") : { place, effects: [{ kind: "shell", unitId: unit.unit_id }] };
}

/** The setup as a person sees it and what keys do to it. Pure: a form, then the review with the difference. */
import type { SetupAnswers } from "../model/setup.ts";
import type { Tone } from "./style.ts";

export interface SetupLine {
  readonly text: string;
  readonly tone?: Tone;
  readonly isSelected?: boolean;
}

/** A text that would be written, and what is wrong with it. */
export interface Review {
  readonly diff: readonly string[];
  readonly problems: readonly string[];
}

export interface SetupState {
  readonly title: string;
  readonly answers: SetupAnswers;
  readonly cursor: number;
  /** A field that is being typed. */
  readonly typing?: { readonly field: Field | "name"; readonly text: string };
  /** Shown instead of the form, from this line of the difference on. */
  readonly review?: Review & { readonly top: number };
  readonly outcome?: "save" | "quit";
}

type Field = "dir" | "command" | "port";

type Row =
  | { readonly kind: "mode" }
  | { readonly kind: "service"; readonly index: number; readonly field?: Field }
  | { readonly kind: "requirement"; readonly index: number; readonly field?: "engine" | "isolation" };

const engines = ["auto", "embedded", "docker", "external"];
const isolations = ["isolated", "database", "shared"];
const fields: readonly Field[] = ["dir", "command", "port"];

/** The state a setup begins in, at its first service. */
export function firstState(title: string, answers: SetupAnswers): SetupState {
  return { title, answers, cursor: answers.services.length > 0 ? 1 : 0 };
}

/** The state after a key: `up`, `down`, `left`, `right`, `space`, `enter`, `escape`, `backspace`, or text. `review` is asked for what would be written. */
export function afterKey(state: SetupState, key: string, review: (answers: SetupAnswers) => Review): SetupState {
  if (key === "quit") return { ...state, outcome: "quit" };
  if (state.typing !== undefined) return afterTyping(state, state.typing, key);
  if (state.review !== undefined) return afterReview(state, state.review, key);
  const rows = rowsOf(state.answers);
  const row = rows[state.cursor];
  switch (key) {
    case "up":
    case "k":
      return { ...state, cursor: Math.max(0, state.cursor - 1) };
    case "down":
    case "j":
    case "tab":
      return { ...state, cursor: Math.min(rows.length - 1, state.cursor + 1) };
    case "space":
    case "right":
      return row === undefined ? state : changed(state, row, 1);
    case "left":
      return row === undefined ? state : changed(state, row, -1);
    case "e":
      return row?.kind === "service" && row.field !== undefined ? { ...state, typing: { field: row.field, text: state.answers.services[row.index]?.[row.field] ?? "" } } : state;
    case "n":
      return { ...state, typing: { field: "name", text: "" } };
    case "enter":
      return { ...state, review: { ...review(state.answers), top: 0 } };
    case "q":
    case "escape":
      return { ...state, outcome: "quit" };
    default:
      return state;
  }
}

/** What the screen shows. */
export function setupLines(state: SetupState): readonly SetupLine[] {
  if (state.review !== undefined) return reviewLines(state.title, state.review);
  const rows = rowsOf(state.answers);
  const isNaming = state.typing?.field === "name";
  return [
    { text: state.title, tone: "strong" },
    { text: "" },
    ...rows.flatMap((row, index) => rowLines(state, row, index === state.cursor && !isNaming)),
    ...(isNaming ? [{ text: `› name of the new service: ${state.typing?.text ?? ""}▏`, isSelected: true }] : []),
    ...state.answers.notes.map((note): SetupLine => ({ text: `  note: ${note}`, tone: "quiet" })),
    { text: "" },
    { text: state.typing === undefined ? "↑↓ move   space on or off, next   e edit   n new service   enter review   q leave" : "type the value   enter keep   esc undo", tone: "quiet" },
  ];
}

function rowsOf({ services, requirements }: SetupAnswers): readonly Row[] {
  return [
    { kind: "mode" },
    ...services.flatMap(({ isOn }, index): readonly Row[] => [{ kind: "service", index }, ...(isOn ? fields.map((field): Row => ({ kind: "service", index, field })) : [])]),
    ...requirements.flatMap(({ isOn }, index): readonly Row[] => [{ kind: "requirement", index }, ...(isOn ? (["engine", "isolation"] as const).map((field): Row => ({ kind: "requirement", index, field })) : [])]),
  ];
}

function rowLines(state: SetupState, row: Row, isSelected: boolean): readonly SetupLine[] {
  const mark = isSelected ? "› " : "  ";
  if (row.kind === "mode") return [{ text: `${mark}start means      ${state.answers.defaultMode === "main" ? "the main checkout" : "every worktree"}`, isSelected }, { text: "" }];
  const answer = row.kind === "service" ? state.answers.services[row.index] : state.answers.requirements[row.index];
  if (answer === undefined) return [];
  if (row.field !== undefined) {
    const text = row.kind === "service" && isSelected && state.typing !== undefined ? `${state.typing.text}▏` : String(Object.entries(answer).find(([key]) => key === row.field)?.[1] ?? "");
    return [{ text: `${mark}      ${row.field.padEnd(11)}${text}`, isSelected }];
  }
  const guess = "guess" in answer && answer.guess !== undefined ? [{ text: `        a guess: ${answer.guess}`, tone: "busy" as const }] : [];
  return [{ text: `${mark}[${answer.isOn ? "x" : " "}] ${answer.name.padEnd(12)} ${answer.reason}`, tone: answer.isOn ? "strong" : "quiet", isSelected }, ...guess];
}

/** What is wrong stands first, for a difference may be longer than the terminal. */
function reviewLines(title: string, { diff, problems, top }: NonNullable<SetupState["review"]>): readonly SetupLine[] {
  const lines = diff.slice(top).map((line): SetupLine => (line.startsWith("+") ? { text: line, tone: "good" } : line.startsWith("-") ? { text: line, tone: "bad" } : { text: line }));
  return [
    { text: `${title}: review${top === 0 ? "" : `, from line ${top + 1} of ${diff.length}`}`, tone: "strong" },
    { text: "" },
    ...problems.map((problem): SetupLine => ({ text: problem, tone: "bad" })),
    ...(diff.length === 0 ? [{ text: "Nothing would change." }] : lines),
    { text: "" },
    { text: `${problems.length > 0 ? "esc back to correct it" : "enter write it   esc back"}   ↑↓ scroll   q leave`, tone: "quiet" },
  ];
}

const scrolls: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1, space: 10 };

function afterReview(state: SetupState, review: NonNullable<SetupState["review"]>, key: string): SetupState {
  const { review: _shown, ...form } = state;
  const by = scrolls[key];
  if (by !== undefined) return { ...state, review: { ...review, top: Math.max(0, Math.min(review.diff.length - 1, review.top + by)) } };
  if (key === "escape" || key === "left") return form;
  if (key === "q") return { ...state, outcome: "quit" };
  return key === "enter" && review.problems.length === 0 ? { ...state, outcome: review.diff.length === 0 ? "quit" : "save" } : state;
}

function afterTyping(state: SetupState, typing: NonNullable<SetupState["typing"]>, key: string): SetupState {
  const { typing: _typed, ...rest } = state;
  if (key === "escape") return rest;
  if (key === "backspace") return { ...state, typing: { ...typing, text: [...typing.text].slice(0, -1).join("") } };
  if (key === "enter") return typing.text.trim() === "" ? rest : withField(rest, typing.field, typing.text.trim());
  const text = key === "space" ? " " : ["up", "down", "left", "right", "tab"].includes(key) ? "" : key;
  return { ...state, typing: { ...typing, text: `${typing.text}${text}` } };
}

function withField(state: SetupState, field: Field | "name", text: string): SetupState {
  if (field === "name") return withService(state, text);
  const row = rowsOf(state.answers)[state.cursor];
  if (row?.kind !== "service") return state;
  return { ...state, answers: { ...state.answers, services: state.answers.services.map((one, index) => (index === row.index ? { ...one, [field]: text } : one)) } };
}

/** A service nothing was found of, with the cursor at its command. */
function withService(state: SetupState, name: string): SetupState {
  const { services } = state.answers;
  if (services.some((one) => one.name === name)) return state;
  const answers: SetupAnswers = { ...state.answers, services: [...services, { name, isOn: true, dir: ".", command: "", port: "none", reason: "added here" }] };
  return { ...state, answers, cursor: rowsOf(answers).findIndex((row) => row.kind === "service" && row.index === services.length && row.field === "command") };
}

/** On and off, or the next of a few words. */
function changed(state: SetupState, row: Row, by: 1 | -1): SetupState {
  const { answers } = state;
  switch (row.kind) {
    case "mode":
      return { ...state, answers: { ...answers, defaultMode: answers.defaultMode === "main" ? "trees" : "main" } };
    case "service":
      if (row.field !== undefined) return state;
      return { ...state, answers: { ...answers, services: answers.services.map((one, index) => (index === row.index ? { ...one, isOn: !one.isOn } : one)) } };
    case "requirement": {
      const { index: at, field } = row;
      const requirements = answers.requirements.map((one, index) => (index !== at ? one : field === undefined ? { ...one, isOn: !one.isOn } : { ...one, [field]: next(field === "engine" ? engines : isolations, one[field], by) }));
      return { ...state, answers: { ...answers, requirements } };
    }
  }
}

function next(words: readonly string[], current: string, by: 1 | -1): string {
  return words[(words.indexOf(current) + by + words.length) % words.length] ?? current;
}

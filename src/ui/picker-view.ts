/** A list to choose from: what is shown and what a key does. Pure. */

export interface PickerItem {
  readonly name: string;
  /** Beside the name, in small. */
  readonly detail: string;
  /** How many there are; absent where it cannot be chosen. */
  readonly count?: number;
}

export interface PickerState {
  readonly items: readonly PickerItem[];
  /** Place among the items that the filter lets through. */
  readonly cursor: number;
  readonly chosen: ReadonlySet<string>;
  /** Counts that were changed. */
  readonly counts: ReadonlyMap<string, number>;
  /** Letters an item must have in this order; while `isTyping`, keys go there. */
  readonly filter: string;
  readonly isTyping: boolean;
  /** Only one can be chosen. */
  readonly isSingle: boolean;
  /** How it ended; undefined while it goes on. */
  readonly end?: "taken" | "left";
}

export interface PickerOptions {
  /** Marked from the beginning, as far as they are still there. */
  readonly remembered?: readonly string[];
  /** Only one can be chosen: space takes it. */
  readonly isSingle?: boolean;
}

export interface PickerRow extends PickerItem {
  readonly isHere: boolean;
  readonly isChosen: boolean;
}

const mostCount = 99;

/** A list as it is first shown. */
export function startPicker(items: readonly PickerItem[], { remembered = [], isSingle = false }: PickerOptions = {}): PickerState {
  return { items, cursor: 0, chosen: new Set(remembered.filter((name) => items.some((item) => item.name === name))), counts: new Map(), filter: "", isTyping: false, isSingle };
}

/** `up`, `down`, `left`, `right`, `space`, `enter`, `escape`, and letters: j, k move, a takes all or none, / filters, + and - count, q leaves. */
export function afterKey(state: PickerState, key: string): PickerState {
  if (key === "quit") return left(state);
  if (state.isTyping && !["up", "down"].includes(key)) return afterTyping(state, key);
  const shown = passing(state);
  const here = shown[state.cursor];
  switch (key) {
    case "up":
    case "k":
      return { ...state, cursor: Math.max(0, state.cursor - 1) };
    case "down":
    case "j":
      return { ...state, cursor: Math.max(0, Math.min(shown.length - 1, state.cursor + 1)) };
    case "right":
    case "+":
      return counted(state, here, 1);
    case "left":
    case "-":
      return counted(state, here, -1);
    case "space":
      if (state.isSingle) return afterKey(state, "enter");
      return here === undefined ? state : { ...state, chosen: toggled(state.chosen, here.name) };
    case "a":
      return state.isSingle ? state : { ...state, chosen: withAll(state.chosen, shown) };
    case "/":
      return { ...state, isTyping: true, filter: "", cursor: 0 };
    case "enter":
      // Nothing marked: the one it stands at is meant.
      return { ...state, chosen: state.chosen.size > 0 || here === undefined ? state.chosen : new Set([here.name]), end: "taken" };
    case "escape":
      return state.filter === "" ? left(state) : { ...state, filter: "", cursor: 0 };
    case "q":
      return left(state);
    default:
      return state;
  }
}

/** At most so many rows, around the one it stands at. */
export function pickerRows(state: PickerState, height: number): readonly PickerRow[] {
  const shown = passing(state);
  const first = Math.max(0, Math.min(state.cursor - Math.floor(height / 2), shown.length - height));
  return shown.slice(first, first + height).map((item, index) => {
    const count = state.counts.get(item.name) ?? item.count;
    return { ...item, ...(count === undefined ? {} : { count }), isHere: first + index === state.cursor, isChosen: state.chosen.has(item.name) };
  });
}

/** Names in the order of the list, those with a changed count as `name=N`. */
export function chosenNames({ items, chosen, counts }: PickerState): readonly string[] {
  return items.filter(({ name }) => chosen.has(name)).map(({ name }) => (counts.has(name) ? `${name}=${counts.get(name)}` : name));
}

/** The last line: what keys do, or the filter. */
export function pickerFooter(state: PickerState): string {
  if (state.isTyping) return `/${state.filter}▏  enter keeps the filter · esc shows all`;
  if (state.isSingle) return "/ filters · enter takes · q leaves";
  const counts = state.items.some(({ count }) => count !== undefined) ? " · ←→ how many" : "";
  return `${state.chosen.size} marked · space marks · a all · / filters${counts} · enter takes · q leaves`;
}

function afterTyping(state: PickerState, key: string): PickerState {
  if (key === "enter") return { ...state, isTyping: false };
  if (key === "escape") return { ...state, isTyping: false, filter: "", cursor: 0 };
  const filter = key === "backspace" ? [...state.filter].slice(0, -1).join("") : key === "space" ? `${state.filter} ` : [...key].length === 1 ? `${state.filter}${key}` : state.filter;
  return { ...state, filter, cursor: 0 };
}

function passing({ items, filter }: PickerState): readonly PickerItem[] {
  return items.filter(({ name }) => hasLetters(name.toLowerCase(), filter.toLowerCase().replaceAll(" ", "")));
}

function hasLetters(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of text) if (letter === letters[at]) at += 1;
  return at >= letters.length;
}

/** A count that was changed is meant. */
function counted(state: PickerState, item: PickerItem | undefined, by: number): PickerState {
  if (item?.count === undefined) return state;
  const count = Math.min(mostCount, Math.max(0, (state.counts.get(item.name) ?? item.count) + by));
  return { ...state, counts: new Map(state.counts).set(item.name, count), chosen: new Set(state.chosen).add(item.name) };
}

function left(state: PickerState): PickerState {
  return { ...state, chosen: new Set(), end: "left" };
}

function withAll(chosen: ReadonlySet<string>, shown: readonly PickerItem[]): ReadonlySet<string> {
  const hasAll = shown.every(({ name }) => chosen.has(name));
  const rest = [...chosen].filter((name) => !shown.some((item) => item.name === name));
  return new Set(hasAll ? rest : [...rest, ...shown.map(({ name }) => name)]);
}

function toggled(chosen: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(name)) next.add(name);
  return next;
}

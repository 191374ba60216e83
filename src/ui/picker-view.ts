/** A list to choose from: what is shown and what a key does. Pure. */

export interface PickerItem {
  readonly name: string;
  /** Beside the name, in small. */
  readonly detail: string;
}

export interface PickerState {
  readonly items: readonly PickerItem[];
  readonly cursor: number;
  readonly chosen: ReadonlySet<string>;
  /** How it ended; undefined while it goes on. */
  readonly end?: "taken" | "left";
}

export interface PickerRow extends PickerItem {
  readonly isHere: boolean;
  readonly isChosen: boolean;
}

export function startPicker(items: readonly PickerItem[]): PickerState {
  return { items, cursor: 0, chosen: new Set() };
}

/** `up`, `down`, `space`, `enter`, `escape`, and letters: j, k move, a takes all or none, q leaves. */
export function afterKey(state: PickerState, key: string): PickerState {
  const last = state.items.length - 1;
  const here = state.items[state.cursor];
  switch (key) {
    case "up":
    case "k":
      return { ...state, cursor: Math.max(0, state.cursor - 1) };
    case "down":
    case "j":
      return { ...state, cursor: Math.min(last, state.cursor + 1) };
    case "space":
      return here === undefined ? state : { ...state, chosen: toggled(state.chosen, here.name) };
    case "a":
      return { ...state, chosen: state.chosen.size === state.items.length ? new Set() : new Set(state.items.map(({ name }) => name)) };
    case "enter":
      // Nothing marked: the one it stands at is meant.
      return { ...state, chosen: state.chosen.size > 0 || here === undefined ? state.chosen : new Set([here.name]), end: "taken" };
    case "escape":
    case "q":
      return { ...state, chosen: new Set(), end: "left" };
    default:
      return state;
  }
}

/** At most so many rows, around the one it stands at. */
export function pickerRows(state: PickerState, height: number): readonly PickerRow[] {
  const first = Math.max(0, Math.min(state.cursor - Math.floor(height / 2), state.items.length - height));
  return state.items.slice(first, first + height).map((item, index) => ({ ...item, isHere: first + index === state.cursor, isChosen: state.chosen.has(item.name) }));
}

/** Names in the order of the list. */
export function chosenNames({ items, chosen }: PickerState): readonly string[] {
  return items.map(({ name }) => name).filter((name) => chosen.has(name));
}

function toggled(chosen: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(name)) next.add(name);
  return next;
}

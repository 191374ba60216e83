/** Keys while something is open in front: typing, choosing, agreeing, scrolling. Pure. */
import type { Step } from "./effect.ts";
import type { ActionName } from "./keys.ts";
import { paletteEntries } from "./palette.ts";
import { following, type Call, type Overlay, type Place } from "./place.ts";
import type { World } from "./world.ts";

/** Carries out an action that was chosen by name. */
type Act = (action: ActionName, place: Place, world: World) => Step;
type Of<K extends Overlay["kind"]> = Extract<Overlay, { readonly kind: K }>;

/** The step of a key that goes to the overlay. */
export function overlayKey(key: string, place: Place, overlay: Overlay, world: World, act: Act): Step {
  if (key === "ctrl-c") return open(place, undefined);
  switch (overlay.kind) {
    case "palette":
      return paletteKey(key, place, overlay, world, act);
    case "filter":
      return filterKey(key, place, overlay);
    case "path":
      return pathKey(key, place, overlay);
    case "confirm":
      return confirmKey(key, place, overlay);
    case "message":
      return messageKey(key, place, overlay);
    case "help":
    case "output":
      return scrollKey(key, place, overlay);
  }
}

function open(place: Place, overlay: Overlay | undefined): Step {
  return { place: { ...place, overlay }, effects: [] };
}

/** The text after a key; undefined for keys that type nothing. */
function typed(text: string, key: string): string | undefined {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "ctrl-u") return "";
  if (key === "ctrl-w") return text.replace(/\S*\s*$/, "");
  if (key === "space") return `${text} `;
  return [...key].length === 1 ? text + key : undefined;
}

function paletteKey(key: string, place: Place, overlay: Of<"palette">, world: World, act: Act): Step {
  if (key === "esc" || key === "ctrl-p") return open(place, undefined);
  const entries = paletteEntries(world, place, overlay.text);
  if (key === "enter") return chosenEntry(entries[overlay.at], place, world, act);
  if (key === "up" || key === "down" || key === "tab") {
    const by = key === "up" ? -1 : 1;
    return open(place, { ...overlay, at: Math.min(Math.max(0, entries.length - 1), Math.max(0, overlay.at + by)) });
  }
  const text = typed(overlay.text, key);
  return text === undefined ? open(place, overlay) : open(place, { kind: "palette", text, at: 0 });
}

function chosenEntry(entry: ReturnType<typeof paletteEntries>[number] | undefined, before: Place, world: World, act: Act): Step {
  const place: Place = { ...before, overlay: undefined };
  switch (entry?.choice.kind) {
    case undefined:
      return { place: before, effects: [] };
    case "call":
      return { place, effects: [{ kind: "call", call: entry.choice.call, isConfirmed: false }] };
    case "type":
      return open(place, { kind: "palette", text: entry.choice.text, at: 0 });
    case "go": {
      const { key } = entry.choice;
      return { place: { ...place, cursor: key, chosen: [], focus: "units", folded: place.folded.filter((name) => !key.startsWith(`${name}/`)), log: following(place.log) }, effects: [] };
    }
    case "action":
      return act(entry.choice.action, place, world);
  }
}

/** The log is filtered while it is typed. */
function filterKey(key: string, place: Place, overlay: Of<"filter">): Step {
  if (key === "enter") return open(place, undefined);
  if (key === "esc") return { place: { ...place, overlay: undefined, log: { ...following(place.log), filter: "" } }, effects: [] };
  const text = key === "tab" ? overlay.text : typed(overlay.text, key);
  if (text === undefined) return open(place, overlay);
  const isRegex = key === "tab" ? !overlay.isRegex : overlay.isRegex;
  return { place: { ...place, overlay: { kind: "filter", text, isRegex }, log: { ...following(place.log), filter: text, isRegex } }, effects: [] };
}

function pathKey(key: string, place: Place, overlay: Of<"path">): Step {
  if (key === "esc") return open(place, undefined);
  if (key === "enter") return { place: { ...place, overlay: undefined, path: overlay.text.trim() }, effects: [] };
  const text = typed(overlay.text, key);
  return open(place, text === undefined ? overlay : { kind: "path", text });
}

function confirmKey(key: string, place: Place, overlay: Of<"confirm">): Step {
  if (key === "y" || key === "Y") return agreed(place, overlay.call);
  if (key === "n" || key === "N" || key === "esc" || key === "q") return declined(place);
  return open(place, overlay);
}

/** Without a message the command looks for one itself. */
function messageKey(key: string, place: Place, overlay: Of<"message">): Step {
  if (key === "esc") return declined(place);
  const { call, text } = overlay;
  const message = text.trim();
  if (key === "enter") return agreed(place, message === "" ? call : { ...call, words: [...call.words, "--message", message] });
  return open(place, { ...overlay, text: typed(text, key) ?? text });
}

function agreed(place: Place, call: Call): Step {
  return { place: { ...place, overlay: undefined }, effects: [{ kind: "call", call, isConfirmed: true }] };
}

function declined(place: Place): Step {
  return { place: { ...place, overlay: undefined, message: "nothing was done" }, effects: [] };
}

const scrolls: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1, pageup: -10, pagedown: 10, space: 10, g: -1_000_000, home: -1_000_000, G: 1_000_000, end: 1_000_000 };

function scrollKey(key: string, place: Place, overlay: Of<"help"> | Of<"output">): Step {
  const by = scrolls[key];
  if (by !== undefined) return open(place, { ...overlay, top: Math.max(0, overlay.top + by) });
  return ["esc", "q", "enter", "?"].includes(key) ? open(place, undefined) : open(place, overlay);
}

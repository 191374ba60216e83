/** What Ink hears, as names of keys. Pure. */

/** What Ink tells of a key besides its letters. */
export type PressedKey = Readonly<Partial<Record<"upArrow" | "downArrow" | "leftArrow" | "rightArrow" | "pageUp" | "pageDown" | "home" | "end" | "return" | "escape" | "tab" | "backspace" | "delete" | "ctrl", boolean>>>;

const named: readonly (readonly [Exclude<keyof PressedKey, "ctrl">, string])[] = [
  ["upArrow", "up"], ["downArrow", "down"], ["leftArrow", "left"], ["rightArrow", "right"], ["pageUp", "pageup"], ["pageDown", "pagedown"], ["home", "home"], ["end", "end"],
  ["return", "enter"], ["escape", "esc"], ["tab", "tab"], ["backspace", "backspace"], ["delete", "backspace"],
];

/** What comes in one piece with others, typed quickly or pasted. */
const letters: Readonly<Record<string, string>> = { " ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\u001b": "esc", "\u007f": "backspace" };

/** Reports of the mouse, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Mouse-Tracking (SGR): button, column, row. */
const mouseReport = /\[<(\d+);(\d+);(\d+)([Mm])/g;
const wheel: Readonly<Record<string, string>> = { 64: "wheel-up", 65: "wheel-down" };

function mouseNames(input: string): readonly string[] {
  return [...input.matchAll(mouseReport)].flatMap(([, button = "", column, row, how]) => wheel[button] ?? (button === "0" && how === "M" ? [`click ${column} ${row}`] : []));
}

/** `up`, `ctrl-p`, `space`, or the letter; pasted text is its letters. */
export function keyNames(input: string, key: PressedKey): readonly string[] {
  if (input.startsWith("[<")) return mouseNames(input);
  const special = named.find(([name]) => key[name] === true)?.[1];
  if (special !== undefined) return [special];
  if (key.ctrl) return [`ctrl-${input}`];
  return [...input].map((letter) => letters[letter] ?? controlName(letter) ?? letter);
}

/** What Ctrl and a letter send is the letter's place in the alphabet. */
function controlName(character: string): string | undefined {
  const place = character.charCodeAt(0);
  return place >= 1 && place <= 26 ? `ctrl-${String.fromCharCode(96 + place)}` : undefined;
}

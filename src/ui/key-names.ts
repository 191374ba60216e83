/** What a terminal sends, as names of keys and letters. Pure. Several may come at once, over a slow line or pasted. */

const sequences: Readonly<Record<string, string>> = {
  "\u001b[A": "up", "\u001b[B": "down", "\u001b[C": "right", "\u001b[D": "left", "\u001bOA": "up", "\u001bOB": "down", "\u001bOC": "right", "\u001bOD": "left",
  "\r": "enter", "\n": "enter", "\t": "tab", "\u001b[Z": "up", " ": "space", "\u007f": "backspace", "\b": "backspace", "\u0003": "quit", "\u001b": "escape",
};
const parts = /\u001b\[[0-9;?]*[A-Za-z~]|\u001bO[A-Z]|[\s\S]/gu;

/** Sequences that mean nothing here are dropped. */
export function keysIn(text: string): readonly string[] {
  return (text.match(parts) ?? []).flatMap((part) => {
    const name = sequences[part];
    if (name !== undefined) return [name];
    return part.length > 2 || part.codePointAt(0) === undefined || (part.codePointAt(0) ?? 0) < 32 ? [] : [part];
  });
}

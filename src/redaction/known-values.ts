/** Secrets whose values are known, in every form in which programs write them. Pure. */

/** Shorter ones would hide half of every line, and are no secrets. */
const shortestLength = 4;
/** A part of a longer base64 text this short may be there by chance. */
const shortestPart = 10;

/** The longest first, since one may be a part of another. A value of several lines is hidden line by line as well. */
export function formsOf(values: readonly string[]): readonly string[] {
  const texts = [...new Set(values.flatMap((value) => [value, ...value.split(/\r?\n/)]))].filter((text) => text.trim().length >= shortestLength);
  return [...new Set(texts.flatMap(formsOfOne))].toSorted((one, other) => other.length - one.length);
}

function formsOfOne(text: string): readonly string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const url = encodeURIComponent(text);
  const inMarkup = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    text,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    url,
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll("%20", "+"),
    // What encodeURIComponent leaves alone and others do not.
    url.replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll("'", "''"),
    text.replaceAll("'", String.raw`\'`),
    new URLSearchParams([["", text]]).toString().slice(1),
    encodeURI(text),
    inMarkup,
    inMarkup.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    inCodes(escaped, /[^\x20-\x7e]/g),
    inCodes(escaped, /[&<>]/g),
    ...base64Forms(text),
    ...hexForms(text),
  ];
}

/** Letters as `\u0026`, which some programs write instead of them. */
function inCodes(escaped: string, letters: RegExp): string {
  return escaped.replaceAll(letters, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** As a whole, and as it stands in the middle of something longer, such as `user:password`, at each of the three offsets. */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const whole = bytes.toString("base64").replaceAll("=", "");
  const inside = [0, 1, 2].map((offset) => insidePart(bytes, offset)).filter((part) => part.length >= shortestPart);
  return [...(whole.length >= shortestPart ? [whole] : []), ...inside].flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}

/** Letters that depend on the neighbours are left out. */
function insidePart(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), end);
}

function hexForms(text: string): readonly string[] {
  const hex = Buffer.from(text).toString("hex");
  return hex.length >= shortestPart ? [hex, hex.toUpperCase()] : [];
}

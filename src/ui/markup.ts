/** Texts inside HTML and SVG. */

/** Letters that mean something in markup, made harmless in texts and in quoted attributes. */
export function escapedMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

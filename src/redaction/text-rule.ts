/** One look of a secret in a text. Pure. */

/** What is looked for, and what stands there instead. */
export interface TextRule {
  readonly id: string;
  /** A cheap look: a text this is not found in is not searched. */
  readonly hint: RegExp;
  readonly pattern: RegExp;
  /** What stands there instead; the match itself when it is none. */
  readonly replace: (match: string, ...groups: readonly string[]) => string;
}

/** Values that say where a secret is, or that there is none. */
export const noSecret = /^(?:\*+|\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|<[^<>]*>|%[A-Z_]+%|\{\{.*\}\}|\[[\w -]*\]|\([\w -]*\)|null|none|nil|undefined|true|false|yes|no|on|off|string|str|required|optional|redacted|masked|unset|missing|empty|include|omit|same-origin|\d{1,3})$/;

/** What secrets look like in a text, where their values are not known. Pure: one row each. */
import { masked } from "../model/secrets.ts";
import { isDoubtfulName, isSecretName, isUserAndPassword, looksRandom, looksSecret } from "./names.ts";
import { programRules } from "./program-arguments.ts";
import { noSecret, type TextRule } from "./text-rule.ts";

/** Attributes of a cookie, which say nothing secret. */
const cookieAttribute = /^(?:path|domain|expires|max-age|samesite|priority)$/i;

/**
 * `DB_PASSWORD=x`, `password: "x"`, `"apiKey":"x"`, `Password=x;`, `?token=x&`, `--api-key=x`; also as JSON inside a string of JSON.
 * A name is looked for once where a word begins: at every letter of one, a line of base64 would take minutes.
 */
const assignmentPattern = /(?=[A-Za-z])(?<=(?<![\w.-])[\d_.-]*)([A-Za-z][\w.-]*)(\\*["']?)([ \t]*(?:=>|[=:])[ \t]*)("(?:[^"\\\n]|\\.)*"|\\"(?:[^"\\\n]|\\\\(?:\\.|[^\\]))*\\"|'(?:[^'\\\n]|\\.)*'|\$\{[^}\s]*\}[^\s"',;&|)\]}\\]*|\\*["']?[^\s"',;&|)\]}\\]+)/g;

export const textRules: readonly TextRule[] = [
  {
    id: "reference",
    hint: /\{\{secret:/,
    pattern: /\{\{secret:[^{}]+\}\}/g,
    replace: () => masked,
  },
  {
    id: "pem",
    hint: /-----BEGIN/,
    // A certificate and a public key are for everybody. A block cut off at the end of a log is one too.
    pattern: /-----BEGIN ((?!CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)[A-Z0-9 ]+)-----[\s\S]*?(?:-----END \1-----|$)/g,
    replace: (_match, kind = "") => `-----BEGIN ${kind}-----${masked}-----END ${kind}-----`,
  },
  {
    id: "jwt",
    hint: /eyJ/,
    pattern: /\beyJ[\w-]{6,8000}\.[\w-]{6,}(?:\.[\w-]*){1,3}/g,
    replace: () => masked,
  },
  {
    id: "url",
    hint: /:\/\/[^\s/]*@/,
    pattern: /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)([^\s:/@?#"'<>]*)(:?)([^\s/?#"'<>]*)@/gi,
    replace: (match, scheme = "", user = "", colon = "", password = "") => {
      if (colon !== "") return password === "" || noSecret.test(password) || password.includes("*****") ? match : `${scheme}${user}:${masked}@`;
      return looksRandom(user) ? `${scheme}${masked}@` : match;
    },
  },
  {
    id: "token",
    hint: /gh[opsur]_|github_pat_|glpat-|xox[a-z]-|xapp-|ya29\.|GOCSPX-|[sr]k_(?:live|test)_|\bsk-|A[KS]IA|AIza|npm_|SG\.|dop_v1_|hf_|pypi-|shpat_|whsec_|sb[ps]_/,
    pattern: /\b(?:gh[opsur]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|xapp-\d-[\w-]{16,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|[sr]k_(?:live|test)_\w{8,}|whsec_[\w+/=]{16,}|sk-(?=[\w-]{0,80}\d)[\w-]{20,}|A[KS]IA[0-9A-Z]{16}\b|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[a-f0-9]{32,}|hf_[A-Za-z0-9]{24,}|pypi-[\w-]{40,}|shpat_[a-f0-9]{24,}|sb[ps]_[\w-]{20,})/g,
    replace: () => masked,
  },
  {
    id: "authorization",
    hint: /authorization/i,
    pattern: /(authorization(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?)((?:(?:basic|bearer|token|digest|apikey|key|negotiate|hawk)\s+)?)([^\s"',;\\]{4,})/gi,
    replace: (match, before = "", scheme = "", value = "") => (noSecret.test(value) || (scheme === "" && !(value.length >= 8 && /\d/.test(value))) ? match : `${before}${scheme}${masked}`),
  },
  {
    id: "bearer",
    hint: /bearer/i,
    pattern: /\b(bearer\s+)([\w.~+/=-]{8,})/gi,
    replace: (match, scheme = "", value = "") => (/\d/.test(value) || value.length >= 24 ? `${scheme}${masked}` : match),
  },
  {
    id: "basic",
    hint: /basic/i,
    pattern: /\b(basic\s+)([A-Za-z0-9+/]{6,}={0,2})(?![\w=])/gi,
    replace: (match, scheme = "", value = "") => (isUserAndPassword(value) ? `${scheme}${masked}` : match),
  },
  {
    id: "cookie",
    hint: /cookie/i,
    pattern: /(\b(?:set-)?cookie(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?)((?:[\w.$-]+=[^;\s"'\\]*(?:;\s*|(?=["'\\\s]|$)))(?:[\w.$-]+(?:=[^;"'\\]*)?(?:;\s*|(?=["'\\\s]|$)))*)/gi,
    replace: (_match, before = "", pairs = "") => before + pairs.replaceAll(/([\w.$-]+)=([^;\s]+)/g, (pair: string, name: string) => (cookieAttribute.test(name) ? pair : `${name}=${masked}`)),
  },
  {
    id: "prose",
    hint: /(?:is|was) /i,
    pattern: /\b((?:pass(?:word|wd|phrase|code)|secret|token|api key)\s+(?:is|was)\s+["'`]?)([^\s"'`,;]{4,})/gi,
    replace: (match, before = "", value = "") => (isNoWord(value) ? `${before}${masked}` : match),
  },
  {
    id: "flag",
    hint: /--?[A-Za-z][\w-]* /,
    pattern: /((?<![\w-])--?[A-Za-z][\w-]*)([ \t]+["']?)([^\s"'-][^\s"']*)/g,
    replace: (match, flag = "", gap = "", value = "") => (isSecretName(flag) && !noSecret.test(value) && /[\d!@#%^&*+=~]/.test(value) ? `${flag}${gap}${masked}` : match),
  },
  ...programRules,
  {
    id: "netrc",
    hint: /password\s/,
    pattern: /\b((?:machine\s+\S+|default)\s+(?:(?:login|account)\s+\S+\s+){1,2}password\s+)(\S+)/g,
    replace: (_match, before = "") => before + masked,
  },
  {
    id: "directive",
    hint: /(?:^|\n)[ \t]*(?:password|requirepass|masterauth)[ \t]/,
    pattern: /((?:^|\n)[ \t]*(?:password|requirepass|masterauth)[ \t]+["']?)([^\s"']+)(?=["']?[ \t]*(?:\r?\n|$))/g,
    replace: (match, before = "", value = "") => (noSecret.test(value) || (before.includes("password") && !isNoWord(value)) ? match : before + masked),
  },
  {
    id: "sql",
    hint: /(?:password|identified\s+by)\s+'/i,
    pattern: /\b((?:password|identified\s+by)\s+')((?:[^'\n]|'')+)'/gi,
    replace: (match, before = "", value = "") => (noSecret.test(value) ? match : `${before}${masked}'`),
  },
  {
    id: "markup",
    hint: /<\/|&lt;\//,
    pattern: /((?:<|&lt;)([A-Za-z][\w:.-]{0,100})(?:\s[^<>&]{0,300})?(?:>|&gt;)(?:<!\[CDATA\[)?)((?:(?!&lt;|\]\]>)[^<>\n])+)(?=(?:\]\]>)?(?:<|&lt;)\/\2)/g,
    replace: (match, before = "", name = "", value = "") => (isSecretName(name) && !noSecret.test(value) && !/^\s*[{%]/.test(value) ? before + masked : match),
  },
  {
    id: "attribute",
    hint: /value=["']/,
    pattern: /\b((?:key|name)=(["'])([\w.:-]{1,100})\2\s{1,20}value=\2)([^"'<>\n]+)/g,
    replace: (match, before = "", _quote = "", name = "", value = "") => (isSecretName(name) && !noSecret.test(value) ? before + masked : match),
  },
  {
    id: "webhook",
    hint: /hooks/,
    pattern: /(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/|\bdiscord(?:app)?\.com\/api\/webhooks\/\d{1,30}\/)[\w/-]{8,}/g,
    replace: (_match, before = "") => before + masked,
  },
  {
    id: "variable",
    hint: /[A-Z]=/,
    pattern: /((?:^|\n)[ \t]*(?:(?:export|ENV|-e|--env)[ \t]+)?)([A-Z][A-Z0-9_]*)=([^\s"'][^\s"']*)/g,
    replace: (match, before = "", name = "", value = "") => (isSecretName(name, value) && !noSecret.test(value) ? `${before}${name}=${masked}` : match),
  },
  {
    id: "assignment",
    hint: /[=:]/,
    pattern: assignmentPattern,
    replace: (match, ...parts) => assignment(match, parts, 0),
  },
];

/** Of a value in which another name has one, such as `command: "psql password=x"`; more is looked for in no value, since that takes time. */
const deepestValue = 4;

/** Under a sure name anything that is not plainly a word of the language; under a doubtful one what looks random; under any other what such names have within it. */
function assignment(match: string, parts: readonly string[], depth: number): string {
  const [name = "", quote = "", sign = "", value = ""] = parts;
  const [, open = "", inner = "", close = ""] = /^(\\*["']?)(.*?)(\\*["']?)$/s.exec(value) ?? [];
  if (inner === "" || noSecret.test(inner.replace(/[`.]+$/, ""))) return match;
  const isFree = !inner.startsWith("//") && !inner.includes(masked);
  const isSure = isSecretName(name, inner) && isValue({ inner, isQuoted: open !== "", sign, isJson: quote !== "" });
  if (isFree && (isSure || (isDoubtfulName(name) && looksSecret(inner)))) return `${name}${quote}${sign}${open}${masked}${close}`;
  if (depth === deepestValue || !/[=:]/.test(inner)) return match;
  const within = inner.replace(assignmentPattern, (one: string, ...groups: string[]) => assignment(one, groups.slice(0, 4), depth + 1));
  return within === inner ? match : `${name}${quote}${sign}${open}${within}${close}`;
}

interface Assigned {
  readonly inner: string;
  readonly isQuoted: boolean;
  readonly sign: string;
  /** The name is quoted too. */
  readonly isJson: boolean;
}

/** `NAME=anything` is one; after `name: ` or ` = ` stands prose or code as often. */
function isValue({ inner, isQuoted, sign, isJson }: Assigned): boolean {
  if (/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*[([]/.test(inner) || /^(?:process\.env|os\.environ|env|import\.meta)\b/.test(inner)) return false;
  // A regular expression, or a path, in code.
  if (inner.startsWith("/") && sign.includes(" ")) return false;
  if (sign === "=" || isJson || isQuoted) return true;
  return isNoWord(inner) || /^\d{4,}$/.test(inner);
}

/** True for letters among which something stands that no word of the language has. */
function isNoWord(value: string): boolean {
  return /[A-Za-z]/.test(value) && /[\d!@#$%^&*+=~]/.test(value);
}

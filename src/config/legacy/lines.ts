/** Splits the Python engine's `KEY=value` form into keys and launch-env sections, with line numbers. */
import type { Origin } from "../../model/config.ts";
import type { ConfigLayer } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import { invalid } from "../entry.ts";

export interface LegacyValue {
  readonly text: string;
  readonly origin: Origin;
}

/** A line of a launch-env section, its template as written. */
export interface TemplateLine {
  readonly name: string;
  readonly template: string;
  readonly origin: Origin;
}

/** `service` is absent in the old sections that are shared by backend and frontend. */
export interface LaunchSection {
  readonly mode?: "main" | "trees";
  readonly service?: string;
  readonly lines: readonly TemplateLine[];
}

export interface LegacyFile {
  readonly file: string;
  readonly values: ReadonlyMap<string, LegacyValue>;
  readonly sections: readonly LaunchSection[];
  readonly failures: readonly Failure[];
  readonly warnings: readonly Failure[];
}

const keyLine = /^(\s*)(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/;
const opening = /^#\s*>>>\s*envctl\s+(.+?)\s*>>>\s*$/;
const closing = /^#\s*<<<\s*envctl\s+(.+?)\s*<<<\s*$/;
const launchTitle = /^(?:(main|trees) )?(?:(?:service )([A-Za-z0-9_-]+) |(backend|frontend) )?(?:launch|dependency|dependencies|shared launch|shared) env$/;

/** Whether a text is in the `KEY=value` form: its first line that is neither blank nor a comment decides. */
export function isLegacyText(text: string): boolean {
  if (/^#\s*>>>\s*envctl\s/m.test(text)) return true;
  for (const line of text.split("\n")) {
    if (/^\s*(?:#|$|---)/.test(line)) continue;
    if (keyLine.test(line)) return true;
    if (/^\s*(?:[^\s:=]+|"[^"]*"|'[^']*')\s*:(?:\s|$)/.test(line)) return false;
  }
  return false;
}

/** Reads the lines; what is not understood is a warning, since files that worked must load. */
export function readLegacyLines(text: string, file: string, layer: ConfigLayer): LegacyFile {
  const values = new Map<string, LegacyValue>();
  const sections: (LaunchSection & { readonly lines: TemplateLine[] })[] = [];
  const failures: Failure[] = [];
  const warnings: Failure[] = [];
  let section: (LaunchSection & { readonly lines: TemplateLine[] }) | undefined;
  let open: { readonly title: string; readonly line: number } | undefined;
  for (const [index, written] of text.split("\n").entries()) {
    const line = written.replace(/\r$/, "");
    const place = { file, line: index + 1, column: 1 + (/^\s*/.exec(line)?.[0].length ?? 0) };
    const title = opening.exec(line.trim())?.[1];
    if (title !== undefined) {
      if (open !== undefined) warnings.push(invalid(`the section "${open.title}" is not closed`, `add # <<< envctl ${open.title} <<<`, { file, line: open.line }));
      open = { title, line: index + 1 };
      section = sectionOf(title);
      if (section !== undefined) sections.push(section);
      else if (title !== "managed startup config") warnings.push(invalid(`the section "${title}" is not known; its lines are read as keys`, undefined, place));
    } else if (closing.test(line.trim())) [open, section] = [undefined, undefined];
    else if (line.trim() !== "" && !line.trim().startsWith("#")) {
      const match = keyLine.exec(line);
      const [name, rest] = [match?.[2], match?.[3]];
      if (name === undefined || rest === undefined) warnings.push(invalid(`\`${line.trim().slice(0, 60)}\` is not KEY=value and is not used`, undefined, place));
      else if (section !== undefined) addTemplate(section.lines, { name, template: unquoted(rest), origin: { layer, ...place } }, failures);
      else {
        if (values.has(name)) warnings.push(invalid(`\`${name}\` is set twice; the later value counts`, "remove one of the two", place));
        values.set(name, { text: unquoted(rest), origin: { layer, ...place, name } });
      }
    }
  }
  if (open !== undefined) warnings.push(invalid(`the section "${open.title}" is not closed`, `add # <<< envctl ${open.title} <<<`, { file, line: open.line }));
  return { file, values, sections, failures, warnings };
}

function sectionOf(title: string): (LaunchSection & { readonly lines: TemplateLine[] }) | undefined {
  const match = launchTitle.exec(title);
  if (match === null) return undefined;
  const service = (match[2] ?? match[3])?.toLowerCase();
  const mode = match[1] === "main" || match[1] === "trees" ? match[1] : undefined;
  return { ...(mode === undefined ? {} : { mode }), ...(service === undefined ? {} : { service }), lines: [] };
}

function addTemplate(lines: TemplateLine[], line: TemplateLine, failures: Failure[]): void {
  const { name, template, origin } = line;
  const place = { file: origin.file ?? "", ...(origin.line === undefined ? {} : { line: origin.line }) };
  if (lines.some((other) => other.name === name)) failures.push(invalid(`\`${name}\` is set twice in one launch env section`, "remove one of the two", place));
  else if (name.startsWith("ENVCTL_SOURCE_")) failures.push(invalid(`\`${name}\` begins with ENVCTL_SOURCE_, which is reserved for inputs`, "rename the variable", place));
  else if (/\$\{(?![A-Za-z_][A-Za-z0-9_]*\})/.test(template)) failures.push(invalid(`\`${name}\` has a malformed placeholder: ${template}`, "only ${NAME} is understood", place));
  else lines.push(line);
}

/** Takes quotes off; without quotes a comment after white space is not part of the value. */
function unquoted(rest: string): string {
  const text = rest.trim();
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(text);
  if (quoted !== null) return quoted[2] ?? "";
  return text.startsWith("#") ? "" : text.replace(/\s+#.*$/, "");
}

/** Proposals of the detectors as configuration: as entries of the weakest written layer, and as the text of a new `.envctl`. */
import type { Mode, Origin } from "../model/config.ts";
import type { Detection, Proposal, RequirementProposal } from "./detect/proposal.ts";
import type { Entry } from "./entry.ts";
import type { Plain } from "./keys.ts";

/** Entries for a repository without a configuration file. `fileOf` makes a path absolute. */
export function proposalEntries(detection: Detection, fileOf: (path: string) => string): readonly Entry[] {
  const services = detection.services.flatMap((proposal) => {
    const origin: Origin = { layer: "detected", file: fileOf(proposal.file) };
    const base = ["services", proposal.name];
    const entries: Entry[] = [{ path: base, value: {}, origin }];
    for (const [key, value] of Object.entries(serviceKeys(proposal))) entries.push({ path: [...base, key], value, origin });
    for (const [name, value] of Object.entries(proposal.env)) entries.push({ path: [...base, "env", name], value, origin });
    return entries;
  });
  return [...services, ...detection.requirements.flatMap((one) => requirementEntries(one, fileOf))];
}

/** What `envctl config --detect --write` writes. */
export function proposedYaml({ services, requirements, notes }: Detection, defaultMode: Mode = "main"): string {
  const lines = [
    "# Configuration of envctl, proposed from what lies in this repository. Check it, then run `envctl start`.",
    "# Every key with its default: .envctl.example in envctl's own directory",
    ...notes.map((note) => `# Note: ${oneLine(note)}`),
    "version: 1",
    ...(defaultMode === "main" ? [] : [`default_mode: ${defaultMode}`]),
    services.length === 0 ? "services: {}   # nothing was recognised: add a service with `dir`, `command` and `port`" : "services:",
    ...services.flatMap(serviceLines),
    ...(requirements.length === 0 ? [] : ["requirements:", ...requirements.map(({ name, settings }) => `  ${name}: ${flow(settings)}`)]),
  ];
  return `${lines.join("\n")}\n`;
}

function requirementEntries({ name, settings, file }: RequirementProposal, fileOf: (path: string) => string): readonly Entry[] {
  const origin: Origin = { layer: "detected", ...(file === undefined ? {} : { file: fileOf(file) }) };
  return [{ path: ["requirements", name], value: {}, origin }, ...Object.entries(settings).map(([key, value]) => ({ path: ["requirements", name, key], value, origin }))];
}

function serviceKeys(proposal: Proposal): Readonly<Record<string, Plain>> {
  return {
    dir: proposal.dir,
    command: proposal.command,
    port: proposal.basePort,
    ...(proposal.uses.length === 0 ? {} : { depends_on: proposal.uses }),
    ...(proposal.prepare.length === 0 ? {} : { prepare: proposal.prepare.map(({ name, command, inputs }) => ({ name, run: command, inputs })) }),
    ...(proposal.role === "worker" ? { critical: false } : {}),
  };
}

function serviceLines(proposal: Proposal): readonly string[] {
  const { prepare, ...keys } = serviceKeys(proposal);
  return [
    `  ${scalar(proposal.name)}:`,
    `    # ${oneLine(proposal.reason)}`,
    ...(proposal.guess === undefined ? [] : [`    # A guess: ${oneLine(proposal.guess)}`]),
    ...Object.entries(keys).map(([key, value]) => `    ${key}: ${flow(value)}`),
    ...(Object.keys(proposal.env).length === 0 ? [] : ["    env:", ...Object.entries(proposal.env).map(([name, value]) => `      ${name}: ${scalar(value)}`)]),
    ...(Array.isArray(prepare) ? ["    prepare:", ...prepare.map((step) => `      - ${flow(step)}`)] : []),
  ];
}

/** A value on one line; also used for the examples of the documentation. */
export function flow(value: Plain): string {
  if (typeof value === "string") return scalar(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, one]) => `${key}: ${flow(one)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** Text is quoted unless it can be nothing else; JSON's quoting is YAML's. */
function scalar(text: string): string {
  const isPlain = /^(?:[A-Za-z_./][A-Za-z0-9_./-]*|\d+(?:ms|s|m|h))$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n|~|\.\.?(?:inf|nan))$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

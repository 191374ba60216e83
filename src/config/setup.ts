/** Between a configuration and the questions about it. Pure. */
import type { Config } from "../model/config.ts";
import type { RequirementAnswer, ServiceAnswer, SetupAnswers } from "../model/setup.ts";
import type { Detection, Proposal } from "./detect/proposal.ts";
import type { ConfigChange } from "./yaml-edit.ts";

/** Servers that can be added although nothing points to them. */
export const offeredRequirements = ["postgres", "redis", "supabase", "n8n"] as const;

/** What detection would answer. */
export function proposedAnswers({ services, requirements, notes }: Detection): SetupAnswers {
  return {
    defaultMode: "main",
    services: services.map(({ name, dir, command, basePort, reason, guess }) => ({ name, isOn: true, dir, command: commandText(command), port: String(basePort), reason, ...(guess === undefined ? {} : { guess }) })),
    requirements: withOffers(requirements.map(({ name, reason }) => ({ name, isOn: true, engine: "auto", isolation: "isolated", reason })), "nothing points to it; space adds it for every service"),
    notes,
  };
}

/** What a configuration answers. */
export function configuredAnswers(config: Config): SetupAnswers {
  const services = Object.values(config.services).filter(({ module }) => module === undefined);
  return {
    defaultMode: config.defaultMode,
    services: services.map(({ name, enabled, dir, command, port }) => ({ name, isOn: enabled, dir, command: commandText(command), port: String(port), reason: "configured" })),
    requirements: withOffers(Object.values(config.requirements).map(({ name, enabled, engine, settings }) => ({ name, isOn: enabled, engine, isolation: String(settings["isolation"] ?? "isolated"), reason: "configured" })), "not configured; space adds it, `depends_on` gives it to a service"),
    notes: [],
  };
}

function withOffers(found: readonly RequirementAnswer[], reason: string): readonly RequirementAnswer[] {
  const others = offeredRequirements.filter((name) => !found.some((one) => one.name === name));
  return [...found, ...others.map((name) => ({ name, isOn: false, engine: "auto", isolation: "isolated", reason }))];
}

/** A detection as it was answered: what is off is left out. */
export function answered(detection: Detection, answers: SetupAnswers): Detection {
  const requirements = answers.requirements.filter(({ isOn }) => isOn);
  const isThere = (name: string): boolean => requirements.some((one) => one.name === name);
  const isFound = (name: string): boolean => detection.requirements.some((proposal) => proposal.name === name);
  const wanted = requirements.filter(({ name }) => !isFound(name));
  const addedUses = wanted.map(({ name }) => name);
  const added = answers.services.filter(({ name, isOn }) => isOn && !detection.services.some((proposal) => proposal.name === name));
  return {
    services: [...detection.services.flatMap((proposal) => {
      const answer = answers.services.find(({ name }) => name === proposal.name);
      if (answer?.isOn !== true) return [];
      return [{ ...proposal, dir: answer.dir, command: answer.command, basePort: portOf(answer), uses: [...new Set([...proposal.uses.filter(isThere), ...addedUses])], env: withoutServers(proposal.env, isThere) }];
    }), ...added.map((answer) => addedService(answer, addedUses))],
    requirements: [...detection.requirements.flatMap((proposal) => {
      const answer = requirements.find(({ name }) => name === proposal.name);
      return answer === undefined ? [] : [{ ...proposal, settings: { ...proposal.settings, ...requirementSettings(answer) } }];
    }), ...wanted.map((answer) => ({ name: answer.name, settings: requirementSettings(answer), reason: answer.reason }))],
    notes: detection.notes,
  };
}

/** A service that only a person knew of. */
function addedService(answer: ServiceAnswer, uses: readonly string[]): Proposal {
  const basePort = portOf(answer);
  return { role: "backend", name: answer.name, dir: answer.dir, command: answer.command, basePort, listens: basePort !== "none", env: {}, prepare: [], uses, reason: answer.reason, file: "" };
}

/** The keys in which two answers about a configuration differ. */
export function changesBetween(before: SetupAnswers, after: SetupAnswers): readonly ConfigChange[] {
  const mode: readonly ConfigChange[] = before.defaultMode === after.defaultMode ? [] : [{ path: ["default_mode"], value: after.defaultMode }];
  const services = after.services.flatMap((answer) => {
    const old = before.services.find(({ name }) => name === answer.name);
    return differing(["services", answer.name], [["enabled", old?.isOn ?? true, answer.isOn], ["dir", old?.dir, answer.dir], ["command", old?.command, answer.command], ["port", old?.port, answer.port === "none" ? "none" : answer.port]]);
  });
  const requirements = after.requirements.flatMap((answer) => {
    const old = before.requirements.find(({ name }) => name === answer.name);
    return differing(["requirements", answer.name], [["enabled", old?.isOn, answer.isOn], ["engine", old?.engine, answer.engine], ["isolation", old?.isolation, answer.isolation]]);
  });
  return [...mode, ...services, ...requirements];
}

function differing(base: readonly string[], keys: readonly (readonly [key: string, before: string | boolean | undefined, after: string | boolean])[]): readonly ConfigChange[] {
  return keys.filter(([, before, after]) => before !== after).map(([key, , after]) => ({ path: [...base, key], value: key === "port" && /^\d+$/.test(String(after)) ? Number(after) : after }));
}

/** A variable that needs a server which was left out would be an error. */
function withoutServers(env: Readonly<Record<string, string>>, isThere: (name: string) => boolean): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => ["postgres", "redis", "supabase"].every((server) => isThere(server) || !value.includes(`\${${server}.`))));
}

function requirementSettings({ engine, isolation }: RequirementAnswer): Readonly<Record<string, string>> {
  return { ...(engine === "auto" ? {} : { engine }), ...(isolation === "isolated" ? {} : { isolation }) };
}

function portOf({ port }: ServiceAnswer): number | "none" {
  return /^\d+$/.test(port.trim()) ? Number(port) : "none";
}

function commandText(command: string | readonly string[]): string {
  return typeof command === "string" ? command : command.map((word) => (/^[\w./:=@,{}+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}

/** What a detector of a plug-in proposes, looked at before anything of it is believed. Pure. */
import type { Candidate } from "../config/detect/proposal.ts";

type Rule = readonly [isMet: (value: unknown) => boolean, must: string];

const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isCommand = (value: unknown): boolean => isText(value) || isTexts(value);
const isStep = (value: unknown): boolean => isRecord(value) && isText(value["name"]) && isCommand(value["command"]) && isTexts(value["inputs"]);
const text: Rule = [isText, "a text"];
const perhaps = ([isMet, must]: Rule): Rule => [(value) => value === undefined || isMet(value), must];

/** Member → what it has to be. */
const rules: Readonly<Record<keyof Candidate, Rule>> = {
  role: [(value) => ["frontend", "backend", "worker"].some((role) => role === value), "frontend, backend or worker"],
  name: perhaps(text),
  dir: text,
  command: [isCommand, "a text or a list of words"],
  port: perhaps([(value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536, "a port"]),
  listens: [(value) => typeof value === "boolean", "true or false"],
  env: [(value) => isRecord(value) && Object.values(value).every(isText), "an object of texts"],
  prepare: [(value) => Array.isArray(value) && value.every(isStep), "a list of { name, command, inputs }"],
  uses: [isTexts, "a list of names"],
  reason: text,
  guess: perhaps(text),
  file: text,
};

/** Complete, with what was left out. Throws a TypeError that says what is wrong. */
export function candidatesOf(proposed: unknown): readonly Candidate[] {
  if (!Array.isArray(proposed)) throw new TypeError("it must return a list of services");
  return proposed.map((one: unknown) => {
    const candidate = { listens: isRecord(one) && one["role"] !== "worker", env: {}, prepare: [], uses: [], ...(isRecord(one) ? one : {}) };
    for (const [member, [isMet, must]] of Object.entries(rules)) if (!isMet(Reflect.get(candidate, member))) throw new TypeError(`${member} of a service must be ${must}`);
    return candidate as unknown as Candidate;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** docs/reference/events.md: every event, when it happens and what it says. When is told by the comments of the vocabulary itself. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { fieldsText } from "./contracts-page.ts";

type Json = z.core.JSONSchema.JSONSchema;

/** Fields that every event has. */
const stored = ["type", "seq", "at", "runId", "isContinued"];

export function eventsPage(schema: Json): string {
  const meanings = eventMeanings(readFileSync(fileURLToPath(new URL("../model/events.ts", import.meta.url)), "utf8"));
  const rows = (schema.oneOf ?? []).flatMap((one) => (typeof one === "object" ? [rowOf(one, meanings)] : []));
  return [
    "# Events",
    "",
    "Made from `src/model/events.ts` and its schema by `npm run generate`; the whole schema is `contracts/events.schema.json`. They are the lines of a run's `events.jsonl`, of `envctl events --json`, and",
    "of the commands that stream. Each also has `type`, `seq` (1, 2, 3 … without gaps in a run; 0 for what is not stored), `at`, `runId` and, where it only counts together with the event that follows, `isContinued`. The form",
    "of a run's events is said once, as `schemaVersion` of `run_started`. A `?` is after fields that may be absent.",
    "",
    "| Event | When | Fields |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function rowOf({ properties = {}, required = [] }: Json, meanings: ReadonlyMap<string, string>): string {
  const { type } = properties;
  const name = typeof type === "object" ? String(type.const) : "";
  const meaning = meanings.get(name);
  if (meaning === undefined) throw new Error(`src/model/events.ts: ${name} has no comment that says when it happens`);
  const own = Object.fromEntries(Object.entries(properties).filter(([field]) => !stored.includes(field)));
  return `| \`${name}\` | ${meaning.replaceAll("|", "\\|")} | ${fieldsText({ properties: own, required })} |`;
}

/** Event → the comment right before it. */
export function eventMeanings(source: string): ReadonlyMap<string, string> {
  const members = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*\| \{ readonly type: "(\w+)"/g);
  return new Map([...members].map(([, comment = "", name = ""]) => [name, comment.replaceAll(/\s*\n\s*\* ?/g, " ").trim()]));
}

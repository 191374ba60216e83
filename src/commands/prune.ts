/** `prune`: gives back the room of what has outlived its use. Databases, snapshots and rescued work go only by their name. */
import { dirname } from "node:path";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { PruneReport } from "../contracts/prune-report.ts";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import { isUp } from "../model/lifecycle.ts";
import { chosenToPrune, isPrecious, keptKinds, preciousKinds, type KeptThing, type NamedThings } from "../model/pruning.ts";
import type { EngineRuntime } from "../runtime.ts";
import { byteSize } from "../ui/age.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { saysYes } from "./ask.ts";
import { listFlag } from "./targets.ts";

export const body: CommandBody<PruneReport> = {
  run: async (input, runtime) => {
    const things = await runtime.keptThings();
    const named: NamedThings = { data: listFlag(input.flags, "data-of"), snapshot: listFlag(input.flags, "snapshot"), rescued: listFlag(input.flags, "rescued") };
    for (const kind of preciousKinds) assertRemovable(kind, named[kind] ?? [], things, runtime);
    const chosen = chosenToPrune(things, runtime.host.clock.now(), named);
    const isDryRun = input.flags["dry-run"] === true;
    if (!isDryRun) await confirm(chosen.removed.filter(({ kind }) => isPrecious(kind)), input);
    const failures = isDryRun ? new Map<KeptThing, Failure>() : await removeVolumes(chosen.removed, runtime);
    const removed = chosen.removed.filter((thing) => !failures.has(thing));
    const kept = [...chosen.kept, ...failures.keys()];
    if (!isDryRun) await runtime.removeThings(removed);
    return {
      ok: failures.size === 0,
      removed: removed.map(shown),
      is_dry_run: isDryRun,
      freed_bytes: bytesOf(removed),
      kinds: keptKinds.map((kind) => summary(kind, kept.filter((thing) => thing.kind === kind))),
      kept_data: kept.filter(({ kind }) => isPrecious(kind)).map(shown),
      legacy: await legacyPlace(runtime),
      failures: [...failures.values()],
    };
  },
  text: pruneLines,
  exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
};

/** Of the Python engine: told, and left alone. */
async function legacyPlace({ legacyState }: Pick<EngineRuntime, "legacyState">): Promise<PruneReport["legacy"]> {
  const found = await legacyState();
  return found === undefined ? null : { path: dirname(found.path), lives: found.services.some(({ lives }) => lives) };
}

const flags: Readonly<Record<(typeof preciousKinds)[number], string>> = { data: "--data-of", snapshot: "--snapshot", rescued: "--rescued" };

/** A server that runs would go on writing into nothing. */
function assertRemovable(kind: (typeof preciousKinds)[number], named: readonly string[], things: readonly KeptThing[], { repository }: Pick<EngineRuntime, "repository">): void {
  const known = things.filter((thing) => thing.kind === kind);
  for (const name of named) {
    const thing = known.find((one) => one.name === name);
    if (thing === undefined) throw new UserError({ reason: "unknown_target", message: `${flags[kind]}: there is nothing called "${name}"`, hint: known.length === 0 ? "there is nothing of that kind" : `there are: ${known.map((one) => one.name).join(", ")}` }, exitCodes.interrupted);
    if (thing.isNeeded !== undefined) throw new UserError({ reason: "conflict", message: `${name} cannot be removed here: ${thing.isNeeded}`, hint: "remove the volume with that engine, such as `docker volume rm`" }, exitCodes.conflict);
    if (kind !== "data") continue;
    const running = Object.values(repository.latest()?.state.units ?? {}).filter(({ spec, life }) => (spec.project === name || spec.project.startsWith(`${name}/`)) && isUp(life));
    if (running.length > 0) throw new UserError({ reason: "conflict", message: `${running.map(({ spec }) => spec.id).join(", ")} may use the data of ${name}`, hint: `stop the project first: \`envctl stop --project ${name}\`` }, exitCodes.conflict);
  }
}

/** Before the passwords of what is in them go, without which nobody could read them: those of which some are left stay. */
async function removeVolumes(things: readonly KeptThing[], { volumesOf }: Pick<EngineRuntime, "volumesOf">): Promise<ReadonlyMap<KeptThing, Failure>> {
  const failures = new Map<KeptThing, Failure>();
  for (const thing of things) {
    const { failure } = thing.kind === "data" ? await volumesOf(thing.name, true) : {};
    if (failure !== undefined) failures.set(thing, failure);
  }
  return failures;
}

const whole: Readonly<Record<(typeof preciousKinds)[number], string>> = { data: "the databases, snapshots and passwords of", snapshot: "the snapshot", rescued: "the rescued work" };

async function confirm(precious: readonly KeptThing[], input: CommandInput): Promise<void> {
  if (precious.length === 0 || input.flags["yes"] === true) return;
  const what = precious.map(({ kind, name, bytes }) => `${isPrecious(kind) ? whole[kind] : kind} ${name} (${byteSize(bytes)})`).join(", ");
  if (!input.isInteractive) throw new UserError({ reason: "usage_invalid", message: `${what} would be gone for good, and nobody is there to answer`, hint: "say --yes" });
  if (!(await saysYes(`Remove ${what} for good? [y/N] `, input))) throw new UserError({ reason: "cancelled", message: "nothing was removed" }, exitCodes.interrupted);
}

function bytesOf(things: readonly KeptThing[]): number {
  return things.reduce((sum, { bytes }) => sum + bytes, 0);
}

function shown({ kind, name, bytes, atMs }: KeptThing): PruneReport["removed"][number] {
  return { kind, name, bytes, last_used: new Date(atMs).toISOString() };
}

function summary(kind: KeptThing["kind"], things: readonly KeptThing[]): PruneReport["kinds"][number] {
  const oldest = things.toSorted((one, other) => one.atMs - other.atMs)[0];
  return { kind, count: things.length, bytes: bytesOf(things), oldest: oldest === undefined ? null : new Date(oldest.atMs).toISOString() };
}

const plurals: Readonly<Record<KeptThing["kind"], string>> = {
  run: "runs", action: "outputs of actions", pack: "debug packs", recording: "recordings", leftover: "leftovers", cache: "caches", snapshot: "snapshots", data: "databases", rescued: "rescued work",
};

function pruneLines(report: PruneReport, screen: Screen): readonly string[] {
  const verb = report.is_dry_run ? "would be removed" : "removed";
  return [
    ...report.removed.map(({ kind, name, bytes }) => `${verb}: ${kind} ${name} (${byteSize(bytes)})`),
    ...report.failures.flatMap(failureLines),
    ...(report.removed.length === 0 && report.failures.length === 0 ? [] : [""]),
    toned(report.is_dry_run ? "What would stay:" : "What stays:", "strong", screen),
    ...table(["KIND", "COUNT", "SIZE", "OLDEST"], report.kinds.map(({ kind, count, bytes, oldest }) => [plurals[kind], String(count), byteSize(bytes), oldest?.slice(0, 10) ?? "-"])),
    ...report.kept_data.flatMap(({ kind, name, bytes }) => (isPrecious(kind) ? [`${plurals[kind]}: ${name}, ${byteSize(bytes)}; \`envctl prune ${flags[kind]} ${name}\` removes it for good`] : [])),
    ...(report.legacy === null ? [] : [`state of the Python engine: ${report.legacy.path}${report.legacy.lives ? ", and something of it runs" : ""}; envctl leaves it alone`]),
    "",
    `${byteSize(report.freed_bytes)} ${report.is_dry_run ? "would be given back" : "given back"}.`,
  ];
}

/** `prune`: gives back the room of what has outlived its use. Databases go only by their name. */
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { PruneReport } from "../contracts/prune-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { isUp } from "../model/lifecycle.ts";
import { chosenToPrune, keptKinds, type KeptThing } from "../model/pruning.ts";
import type { EngineRuntime } from "../runtime.ts";
import { byteSize } from "../ui/age.ts";
import { toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { saysYes } from "./ask.ts";
import { listFlag } from "./targets.ts";

export const body: CommandBody<PruneReport> = {
  run: async (input, runtime) => {
    const things = await runtime.keptThings();
    const named = listFlag(input.flags, "data-of");
    assertRemovable(named, things, runtime);
    const { removed, kept } = chosenToPrune(things, runtime.host.clock.now(), named);
    const isDryRun = input.flags["dry-run"] === true;
    if (!isDryRun) {
      await confirm(removed.filter(({ kind }) => kind === "data"), input);
      await runtime.removeThings(removed);
    }
    return {
      removed: removed.map(shown),
      is_dry_run: isDryRun,
      freed_bytes: bytesOf(removed),
      kinds: keptKinds.map((kind) => summary(kind, kept.filter((thing) => thing.kind === kind))),
      kept_data: kept.filter(({ kind }) => kind === "data").map(shown),
    };
  },
  text: pruneLines,
};

/** A server that runs would go on writing into nothing. */
function assertRemovable(named: readonly string[], things: readonly KeptThing[], { repository }: Pick<EngineRuntime, "repository">): void {
  const known = things.filter(({ kind }) => kind === "data").map(({ name }) => name);
  for (const name of named) {
    if (!known.includes(name)) throw new UserError({ reason: "unknown_target", message: `there are no data of "${name}"`, hint: known.length === 0 ? "no project has data" : `there are data of: ${known.join(", ")}` }, exitCodes.interrupted);
    const running = Object.values(repository.latest()?.state.units ?? {}).filter(({ spec, life }) => (spec.project === name || spec.project.startsWith(`${name}/`)) && isUp(life));
    if (running.length > 0) throw new UserError({ reason: "conflict", message: `${running.map(({ spec }) => spec.id).join(", ")} may use the data of ${name}`, hint: `stop the project first: \`envctl stop --project ${name}\`` }, exitCodes.conflict);
  }
}

async function confirm(data: readonly KeptThing[], input: CommandInput): Promise<void> {
  if (data.length === 0 || input.flags["yes"] === true) return;
  const what = data.map(({ name, bytes }) => `${name} (${byteSize(bytes)})`).join(", ");
  if (!input.isInteractive) throw new UserError({ reason: "usage_invalid", message: `databases of ${what} would be gone for good, and nobody is there to answer`, hint: "say --yes" });
  if (!(await saysYes(`Remove the databases, snapshots and passwords of ${what} for good? [y/N] `, input))) throw new UserError({ reason: "cancelled", message: "nothing was removed" }, exitCodes.interrupted);
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

const plurals: Readonly<Record<KeptThing["kind"], string>> = { run: "runs", pack: "debug packs", recording: "recordings", leftover: "leftovers", cache: "caches", data: "databases" };

function pruneLines(report: PruneReport, screen: Screen): readonly string[] {
  const verb = report.is_dry_run ? "would be removed" : "removed";
  return [
    ...report.removed.map(({ kind, name, bytes }) => `${verb}: ${kind} ${name} (${byteSize(bytes)})`),
    ...(report.removed.length === 0 ? [] : [""]),
    toned(report.is_dry_run ? "What would stay:" : "What stays:", "strong", screen),
    ...table(["KIND", "COUNT", "SIZE", "OLDEST"], report.kinds.map(({ kind, count, bytes, oldest }) => [plurals[kind], String(count), byteSize(bytes), oldest?.slice(0, 10) ?? "-"])),
    ...report.kept_data.map(({ name, bytes }) => `databases of ${name}: ${byteSize(bytes)}; \`envctl prune --data-of ${name}\` removes them for good`),
    "",
    `${byteSize(report.freed_bytes)} ${report.is_dry_run ? "would be given back" : "given back"}.`,
  ];
}

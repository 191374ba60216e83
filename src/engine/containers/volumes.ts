/** Removes the volumes of projects, for those who say that their data may go. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { containerLabels, type ContainerEngine, type VolumeFacts } from "../../host/container-engine.ts";
import type { RunReport } from "../../model/control.ts";
import { exitCodes, UserError, type Failure } from "../../model/failure.ts";
import type { Intent } from "../../model/intent.ts";
import { handleOf } from "../../model/lifecycle.ts";
import { unitIdOf } from "../../model/unit.ts";
import type { Engine } from "../engine.ts";
import { stoppedProjects } from "../planning.ts";
import { snapshotsIn, snapshotsOf } from "../../state/data-directories.ts";
import { volumeName } from "./container-spec.ts";
import { placeOf } from "./place.ts";

/** The report of a stop, with what became of the volumes of what it is about. They are named before the first one goes; those of what did not stop, or whose engine does not answer, stay. */
export async function withoutVolumes(engine: Engine, intent: Intent, report: RunReport): Promise<RunReport> {
  const { doomed, failures: silent } = await volumesOf(engine, intent);
  for (const { volume } of doomed) engine.store.announce({ type: "progress", text: `removing volume ${words(volume)}` });
  const failures: Failure[] = [...silent];
  const gone: VolumeFacts[] = [];
  for (const { docker, volume } of doomed) {
    try {
      await docker.volumes.remove(volume.name);
      gone.push(volume);
    } catch (error) {
      failures.push(...failuresOf(error));
    }
  }
  forgetSnapshots(engine, gone);
  const left = report.ok ? [] : ["volumes of what was not stopped were left alone"];
  const notes = gone.length === 0 && failures.length === 0 && report.ok ? ["there were no volumes to remove"] : gone.map((volume) => `removed volume ${words(volume)}`);
  const ended = { ...report, notes: [...report.notes, ...notes, ...left] };
  return failures.length === 0 ? ended : { ...ended, ok: false, exit: report.ok ? exitCodes.failure : report.exit, failures: [...report.failures, ...failures] };
}

/** What is expected to go wrong with an engine. */
function failuresOf(error: unknown): readonly Failure[] {
  if (!(error instanceof UserError)) throw error;
  return error.failures;
}

/** Notes of snapshots whose data went with their volumes. */
function forgetSnapshots({ scope, containers }: Engine, volumes: readonly VolumeFacts[]): void {
  for (const { name, labels } of volumes) {
    const project = labels[containerLabels.project] ?? "";
    const directory = join(scope.data, project, labels[containerLabels.unit] ?? "");
    const notes = snapshotsIn(directory).filter(({ volume }) => volume !== undefined && volumeName(containers.scope(), project, volume) === name);
    for (const note of notes) rmSync(join(snapshotsOf(directory), note.name), { recursive: true, force: true });
  }
}

interface Doomed {
  readonly docker: ContainerEngine;
  readonly volume: VolumeFacts;
}

interface Doom {
  readonly doomed: readonly Doomed[];
  /** Of engines that do not answer. */
  readonly failures: readonly Failure[];
}

async function volumesOf(engine: Engine, intent: Intent): Promise<Doom> {
  const projects = new Set(await stoppedProjects(engine, intent));
  const units = Object.values(engine.store.state()?.units ?? {});
  const up = new Set(units.filter(({ life }) => handleOf(life) !== undefined).map(({ spec }) => spec.id));
  const { all, services } = intent.selection;
  const isChosen = (project: string, unit: string): boolean => (all === true || projects.has(project)) && (services.length === 0 || services.includes(unit));
  const isMeant = ({ labels }: VolumeFacts): boolean => {
    const [project, unit] = [labels[containerLabels.project] ?? "", labels[containerLabels.unit] ?? ""];
    return isChosen(project, unit) && !up.has(unitIdOf(project, unit));
  };
  // Those that units of the run mean, else the one that is meant now; and those that were used before.
  const contained = units.filter(({ spec }) => spec.container !== undefined);
  const places = contained.map(({ spec }) => ({ place: placeOf(spec, intent.caller.environment), of: isChosen(spec.project, spec.name) && (spec.container?.volumes.length ?? 0) > 0 ? spec.id : undefined }));
  const meant = await Promise.all((places.length === 0 ? [{ place: { environment: intent.caller.environment }, of: "the run" }] : places).map(async ({ place, of }) => settled(async () => engine.containers.engineFor(place), of)));
  const engines = new Set([...meant.flatMap(({ value }) => value ?? []), ...(await engine.containers.engines())]);
  const found = await Promise.all([...engines].map(async (docker) => settled(async () => (await docker.volumes.list({ [containerLabels.scope]: engine.containers.scope() })).filter(isMeant).map((volume) => ({ docker, volume })), "the run")));
  return { doomed: found.flatMap(({ value }) => value ?? []), failures: [...meant, ...found].flatMap(({ failures }) => failures) };
}

interface Settled<T> {
  readonly value?: T;
  readonly failures: readonly Failure[];
}

/** `of` is whose volumes are there; nobody's are not missed. */
async function settled<T>(work: () => Promise<T>, of: string | undefined): Promise<Settled<T>> {
  try {
    return { value: await work(), failures: [] };
  } catch (error) {
    const failures = failuresOf(error);
    const hint = "everything else was done; stop it again with --remove-volumes when the engine answers";
    return { failures: of === undefined ? [] : failures.map((one) => ({ ...one, message: `volumes of ${of} are left: ${one.message}`, hint: one.hint === undefined ? hint : `${one.hint}; ${hint}` })) };
  }
}

function words({ name, labels }: VolumeFacts): string {
  return `${name} of ${labels[containerLabels.project] ?? "?"}`;
}

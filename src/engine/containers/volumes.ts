/** Removes the volumes of projects, for those who say that their data may go. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { containerLabels, type ContainerEngine, type VolumeFacts } from "../../host/container-engine.ts";
import type { RunReport } from "../../model/control.ts";
import { exitCodes, UserError, type Failure } from "../../model/failure.ts";
import type { Intent } from "../../model/intent.ts";
import type { Engine } from "../engine.ts";
import { stoppedProjects } from "../planning.ts";
import { snapshotsIn, snapshotsOf } from "../../state/data-directories.ts";
import { volumeName } from "./container-spec.ts";
import { placeOf } from "./place.ts";

/** The report of a stop, with what became of the volumes of what it is about. They are named before the first one goes. */
export async function withoutVolumes(engine: Engine, intent: Intent, report: RunReport): Promise<RunReport> {
  if (!report.ok) return { ...report, notes: [...report.notes, "volumes were left alone, since not everything was stopped"] };
  try {
    const doomed = await volumesOf(engine, intent);
    for (const { volume } of doomed) engine.store.announce({ type: "progress", text: `removing volume ${words(volume)}` });
    for (const { docker, volume } of doomed) await docker.volumes.remove(volume.name);
    forgetSnapshots(engine, doomed.map(({ volume }) => volume));
    const notes = doomed.length === 0 ? ["there were no volumes to remove"] : doomed.map(({ volume }) => `removed volume ${words(volume)}`);
    return { ...report, notes: [...report.notes, ...notes] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const failures: readonly Failure[] = [...report.failures, ...error.failures];
    return { ...report, ok: false, exit: report.ok ? exitCodes.failure : report.exit, failures };
  }
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

async function volumesOf(engine: Engine, intent: Intent): Promise<readonly Doomed[]> {
  const projects = new Set(await stoppedProjects(engine, intent));
  const { all, services } = intent.selection;
  const isMeant = ({ labels }: VolumeFacts): boolean =>
    (all === true || projects.has(labels[containerLabels.project] ?? "")) && (services.length === 0 || services.includes(labels[containerLabels.unit] ?? ""));
  // Those that units of the run mean, else the one that is meant now; and those that were used before.
  const places = Object.values(engine.store.state()?.units ?? {}).filter(({ spec }) => spec.container !== undefined).map(({ spec }) => placeOf(spec, intent.caller.environment));
  const meant = await Promise.all((places.length === 0 ? [{ environment: intent.caller.environment }] : places).map((place) => engine.containers.engineFor(place)));
  const engines = new Set([...meant, ...(await engine.containers.engines())]);
  const found = [...engines].map(async (docker) => (await docker.volumes.list({ [containerLabels.scope]: engine.containers.scope() })).filter(isMeant).map((volume) => ({ docker, volume })));
  return (await Promise.all(found)).flat();
}

function words({ name, labels }: VolumeFacts): string {
  return `${name} of ${labels[containerLabels.project] ?? "?"}`;
}

/** Copies a volume with a short-lived container of the image whose server uses it: no other image is needed. */
import { randomBytes } from "node:crypto";
import { containerLabels, type ContainerEngine, type LogEntry } from "../../host/container-engine.ts";
import { withDeadline } from "../../host/deadline.ts";
import { containerName, ownerLabels } from "../../host/docker-spec.ts";
import { UserError } from "../../model/failure.ts";

export interface VolumeCopy {
  readonly docker: ContainerEngine;
  readonly scope: string;
  /** Whose the copy will be. */
  readonly project: string;
  readonly unit: string;
  readonly image: string;
  /** Names in the engine. */
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
  progress(text: string): void;
}

const timeoutMs = 30 * 60_000;

/** On the disk before it counts, where the image has a program for that. */
const script = "cp -a /envctl-from/. /envctl-to/ && { sync 2>/dev/null || true; }";

/** Copies what nobody writes into a volume of its own; returns its bytes. A copy that fails leaves nothing. */
export async function copyVolume(copy: VolumeCopy): Promise<number> {
  const { docker, scope, project, unit, image, from, to } = copy;
  if ((await docker.images.find(image)) === undefined) await docker.images.pull(image, copy.progress, copy.signal);
  copy.progress(`copying volume ${from}`);
  await docker.volumes.create(to, ownerLabels({ scope, project, unit }));
  try {
    await copied(copy);
    return (await docker.volumes.sizes(ownerLabels({ scope, project, unit })))[to] ?? 0;
  } catch (error) {
    await docker.volumes.remove(to);
    if (error instanceof Error && error.name === "TimeoutError") throw new UserError({ reason: "prepare_failed", message: `volume ${from} was not copied in ${timeoutMs / 60_000} min`, hint: "nothing was changed; look at the engine's disk" });
    throw error;
  }
}

async function copied({ docker, scope, project, unit, image, from, to, signal }: VolumeCopy): Promise<void> {
  // Not the unit's own name: what removes its containers must not meet this one, and what looks for leftovers must.
  const owner = { scope, project, unit: `${unit}-copy-${randomBytes(4).toString("hex")}` };
  const { id } = await docker.containers.start({
    name: containerName(owner), image, entrypoint: ["sh", "-c", script], env: {}, ports: [], user: "0", labels: ownerLabels(owner),
    volumes: [{ volume: from, target: "/envctl-from", readonly: true }, { volume: to, target: "/envctl-to" }],
  });
  try {
    let said = "";
    const facts = await withDeadline(signal, timeoutMs, async (limited) => {
      await docker.containers.followLog(id, undefined, ({ bytes }: LogEntry) => void (said += bytes.toString("utf8")), limited);
      return docker.containers.ended(id, limited);
    });
    if (facts?.end?.exitCode === 0) return;
    const last = said.trimEnd().split("\n").at(-1) ?? "";
    throw new UserError({ reason: "prepare_failed", message: `volume ${from} could not be copied: ${last === "" ? "the container that copied it is gone" : last}`, hint: "`docker system df` says what uses the engine's disk; snapshots that are not needed can be removed (`envctl db list`)" });
  } finally {
    await docker.containers.remove(id);
  }
}

/** Whether a volume of this scope is in the engine. */
export async function hasVolume({ volumes }: ContainerEngine, scope: string, name: string): Promise<boolean> {
  return (await volumes.list({ [containerLabels.scope]: scope })).some((volume) => volume.name === name);
}

/** Copies a volume with short-lived containers of the image whose server uses it: no other image is needed. */
import { randomBytes } from "node:crypto";
import { containerLabels, type ContainerEngine, type ContainerSpec, type LogEntry } from "../../host/container-engine.ts";
import { withDeadline } from "../../host/deadline.ts";
import { containerName, ownerLabels } from "../../host/docker-spec.ts";
import { UserError } from "../../model/failure.ts";
import { resolveSecrets } from "../../model/secrets.ts";
import type { VolumeScript } from "../../requirements/adapter.ts";

export interface VolumeCopy {
  readonly docker: ContainerEngine;
  readonly scope: string;
  /** Whose the copy will be. */
  readonly project: string;
  readonly unit: string;
  readonly image: string;
  readonly from: VolumeSource;
  /** Its name in the engine. */
  readonly to: string;
  /** Makes data of another project this one's. */
  readonly makeOwn?: VolumeScript;
  readonly reveal: (key: string) => string;
  readonly signal: AbortSignal;
  /** `done` and `total` in bytes. */
  progress(text: string, done?: number, total?: number): void;
}

/** A volume by its name in the engine; with a server that runs and copies its data itself. */
export interface VolumeSource {
  readonly volume: string;
  readonly server?: { readonly containerId: string; readonly script: VolumeScript };
}

const timeoutMs = 30 * 60_000;

/** Room is looked for first, how far it is said every second, and at the end all is on the disk, where the image has programs for that. */
const stillScript = `if command -v du >/dev/null && command -v df >/dev/null; then
  set -- $(du -sk /envctl-from) && needed=$1
  set -- $(df -Pk /envctl-to | tail -n 1) && free=$4
  if [ "$free" -lt "$needed" ]; then echo "error: a copy needs $((needed / 1024 + 1)) MB, and $((free / 1024)) MB are free"; exit 1; fi
  (while sleep 1; do set -- $(du -sk /envctl-to) && echo "$1/$needed kB"; done) 2>/dev/null &
fi
cp -a /envctl-from/. /envctl-to/ && { sync 2>/dev/null || true; }`;

/** Copies into a volume of its own; returns its bytes. A copy that fails leaves nothing. */
export async function copyVolume(copy: VolumeCopy): Promise<number> {
  const { docker, scope, project, unit, image, from, to, makeOwn } = copy;
  if ((await docker.images.find(image)) === undefined) await docker.images.pull(image, copy.progress, copy.signal);
  copy.progress(copyingText(copy));
  await docker.volumes.create(to, ownerLabels({ scope, project, unit }));
  try {
    await done(copy, from.server === undefined ? stillStep(from.volume, to) : scriptStep(copy, from.server.script, from.server.containerId));
    if (makeOwn !== undefined) await done(copy, scriptStep(copy, makeOwn));
    return (await docker.volumes.sizes(ownerLabels({ scope, project, unit })))[to] ?? 0;
  } catch (error) {
    await docker.volumes.remove(to);
    if (error instanceof Error && error.name === "TimeoutError") throw new UserError({ reason: "prepare_failed", message: `volume ${from.volume} was not copied in ${timeoutMs / 60_000} min`, hint: "nothing was changed; look at the engine's disk" });
    throw error;
  }
}

type Step = Pick<ContainerSpec, "entrypoint" | "env" | "user" | "volumes" | "networkOf">;

function stillStep(from: string, to: string): Step {
  return { entrypoint: ["sh", "-c", stillScript], env: {}, user: "0", volumes: [{ volume: from, target: "/envctl-from", readonly: true }, { volume: to, target: "/envctl-to" }] };
}

function scriptStep({ to, reveal }: VolumeCopy, { script, env, user, target }: VolumeScript, networkOf?: string): Step {
  const opened = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, resolveSecrets(value, reveal)]));
  return { entrypoint: ["sh", "-c", script], env: opened, user, volumes: [{ volume: to, target }], ...(networkOf === undefined ? {} : { networkOf }) };
}

/** What the names of containers that copy for a unit begin with. */
export function copierPrefix(unit: string): string {
  return `${unit}-copy-`;
}

async function done(copy: VolumeCopy, step: Step): Promise<void> {
  const { docker, scope, project, unit, image, from, signal } = copy;
  // Not the unit's own name: what removes its containers must not meet this one, and what looks for leftovers must.
  const owner = { scope, project, unit: `${copierPrefix(unit)}${randomBytes(4).toString("hex")}` };
  const { id } = await docker.containers.start({ name: containerName(owner), image, ports: [], labels: ownerLabels(owner), ...step });
  try {
    let said = "";
    const facts = await withDeadline(signal, timeoutMs, async (limited) => {
      await docker.containers.followLog(id, undefined, ({ bytes }: LogEntry) => {
        const text = bytes.toString("utf8");
        const share = copiedShare(text);
        if (share !== undefined) copy.progress(copyingText(copy), ...share);
        said += text.replaceAll(shareLine, "");
      }, limited);
      return docker.containers.ended(id, limited);
    });
    if (facts?.end?.exitCode === 0) return;
    const lines = said.trimEnd().split("\n");
    const last = lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? "";
    throw new UserError({ reason: "prepare_failed", message: `volume ${from.volume} could not be copied: ${last === "" ? "the container that copied it is gone" : last}`, hint: "`docker system df` says what uses the engine's disk; snapshots that are not needed can be removed (`envctl db list`)" });
  } finally {
    await docker.containers.remove(id);
  }
}

function copyingText({ from }: VolumeCopy): string {
  return `copying volume ${from.volume}`;
}

/** A line that says how far a copy is: of the script above, and of pg_basebackup. */
const shareLine = /^ *(\d+)\/(\d+) kB\b.*\n?/gm;

/** Bytes done and bytes in all, as the last such line has it. */
function copiedShare(text: string): readonly [number, number] | undefined {
  const [, done, total] = [...text.matchAll(shareLine)].at(-1) ?? [];
  return done === undefined || total === undefined ? undefined : [Math.min(Number(done), Number(total)) * 1024, Number(total) * 1024];
}

/** Whether a volume of this scope is in the engine. */
export async function hasVolume({ volumes }: ContainerEngine, scope: string, name: string): Promise<boolean> {
  return (await volumes.list({ [containerLabels.scope]: scope })).some((volume) => volume.name === name);
}

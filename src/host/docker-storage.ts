/** Volumes and networks of one scope in one engine. */
import type Docker from "dockerode";
import { UserError } from "../model/failure.ts";
import { containerLabels, type Labels, type NetworkOperations, type VolumeOperations } from "./container-engine.ts";
import type { Connection } from "./docker-connect.ts";
import { labelFilter } from "./docker-spec.ts";
import { answered } from "./docker-trouble.ts";

/** An engine with many files to count takes long. */
const sizesMs = 120_000;

/** The operations on volumes. */
export function volumeOperations({ quick, within }: Connection, scope: string): VolumeOperations {
  const labelsOf = async (name: string) => (await answered(`volume ${name} could not be looked at`, async () => ({ labels: (await quick.getVolume(name).inspect()).Labels ?? {} })))?.labels;
  return {
    create: async (name, labels) => {
      requireOwn("volume", name, scope, await labelsOf(name));
      await answered(`volume ${name} could not be made`, () => quick.createVolume({ Name: name, Labels: { ...labels } }));
    },
    list: async (labels) => {
      const answer = await answered("the volumes could not be listed", () => quick.listVolumes({ filters: { label: labelFilter(labels) } }));
      return (answer?.Volumes ?? []).map((volume) => ({ name: volume.Name, labels: volume.Labels ?? {} }));
    },
    remove: async (name) => {
      requireOwn("volume", name, scope, await labelsOf(name));
      await answered(`volume ${name} could not be removed`, () => quick.getVolume(name).remove());
    },
    sizes: (labels) => volumeSizes(within(sizesMs), labels),
  };
}

async function volumeSizes(docker: Docker, labels: Labels): Promise<Readonly<Record<string, number>>> {
  const answer: VolumeUsage | undefined = await answered("the volumes could not be measured", () => docker.df());
  const own = (answer?.Volumes ?? []).filter((volume) => Object.entries(labels).every(([name, value]) => volume.Labels?.[name] === value));
  return Object.fromEntries(own.flatMap(({ Name, UsageData: usage }) => (usage === null || usage === undefined || usage.Size < 0 ? [] : [[Name, usage.Size]])));
}

/** The part that is read of what an engine says about its disk. */
interface VolumeUsage {
  readonly Volumes?: readonly { readonly Name: string; readonly Labels?: Labels | null; readonly UsageData?: { readonly Size: number } | null }[] | null;
}

/** The operations on networks. */
export function networkOperations({ quick }: Connection, scope: string): NetworkOperations {
  const named = async (name: string) => {
    const rows = await answered("the networks could not be listed", () => quick.listNetworks({ filters: { name: [name] } }));
    // The filter finds parts of names.
    return rows?.find((row) => row.Name === name);
  };
  return {
    create: async (name, labels) => {
      const present = await named(name);
      requireOwn("network", name, scope, present && (present.Labels ?? {}));
      if (present === undefined) await answered(`network ${name} could not be made`, () => quick.createNetwork({ Name: name, CheckDuplicate: true, Labels: { ...labels } }), [409]);
    },
    list: async (labels) => {
      const rows = await answered("the networks could not be listed", () => quick.listNetworks({ filters: { label: labelFilter(labels) } }));
      return (rows ?? []).map((row) => row.Name);
    },
    remove: async (name) => {
      const present = await named(name);
      requireOwn("network", name, scope, present && (present.Labels ?? {}));
      if (present !== undefined) await answered(`network ${name} could not be removed`, () => quick.getNetwork(present.Id).remove());
    },
  };
}

/** `labels` is undefined for what is not there. */
function requireOwn(what: "volume" | "network", name: string, scope: string, labels: Labels | undefined): void {
  if (labels === undefined || labels[containerLabels.scope] === scope) return;
  throw new UserError({ reason: "conflict", message: `the ${what} ${name} is there and was not made by envctl for this repository; it is left alone`, hint: `\`docker ${what} inspect ${name}\` says more about it` });
}

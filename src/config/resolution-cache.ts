/** Remembers resolutions while nothing they depend on changes: parsing YAML anew for every plan would be felt. */
import type { ConfigInput, Resolution } from "./resolve.ts";
import { fileStamp } from "./files.ts";

const kept = 50;

/** A function that answers as `resolve` does, without reading again what has not changed. Detected services are not remembered. */
export function cachedResolve(resolve: (input: ConfigInput) => Resolution): (input: ConfigInput) => Resolution {
  const known = new Map<string, Resolution>();
  return (input) => {
    const key = JSON.stringify([input, configFilesOf(input).map(fileStamp)]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const resolution = resolve(input);
    if (known.size >= kept) known.clear();
    if (!resolution.resolved.isDetected) known.set(key, resolution);
    return resolution;
  };
}

/** Every file a resolution may read, there or not. */
export function configFilesOf(input: ConfigInput): readonly string[] {
  const roots = [input.repository, input.projectRoot ?? input.repository];
  const names = [".envctl", ".envctl.local", ...(input.profile === undefined ? [] : [`.envctl.${input.profile}`])];
  const named = input.environment["ENVCTL_CONFIG_FILE"];
  const elsewhere = named === undefined ? [] : [named, `${input.repository}/${named}`];
  return [input.systemConfig, input.userConfig, ...roots.flatMap((root) => names.map((name) => `${root}/${name}`)), ...elsewhere];
}

/** What a unit is made from, as a hash: its definition, its file, the files it names, the parameters and facts that are set for it. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { matchingFiles } from "../host/glob.ts";
import { hashOf } from "../model/hash.ts";
import type { GraphUnit } from "./unit.ts";

/** Hashes of units; a file that several name is read once. */
export function unitHashes(units: readonly GraphUnit[], { projectRoot, facts, paramsOf }: { readonly projectRoot: string; readonly facts: Readonly<Record<string, string>>; readonly paramsOf: (unit: GraphUnit) => Readonly<Record<string, string>> }): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const hashed = (path: string): string => {
    const known = files.get(path) ?? contentHash(path);
    files.set(path, known);
    return known;
  };
  return new Map(units.map((unit) => {
    const { id, command, service, env, inputs } = { ...unit, env: unit.when.env ?? [], inputs: [...unit.inputs, ...(unit.when.changed ?? [])] };
    const named = inputs.flatMap((pattern) => matchingFiles(projectRoot, pattern).map((path) => [path, hashed(join(projectRoot, path))] as const));
    return [id, hashOf({ command, service, env, named, facts, params: paramsOf(unit), requires: unit.requires, file: unit.file === undefined ? "" : hashed(unit.file) })] as const;
  }));
}

function contentHash(path: string): string {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
}

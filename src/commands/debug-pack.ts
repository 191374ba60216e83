/** `debug-pack`: everything somebody needs to understand a trouble, as one archive. Nothing is ever sent. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { DebugLastReport, DebugPackReport } from "../contracts/debug-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { byteSize } from "../ui/age.ts";
import { table } from "../ui/table.ts";
import { packContent, type PackContent, type PackedFile } from "./debug-content.ts";
import { tarArchive } from "./tar-archive.ts";

const usualLines = 200;
type PackRow = DebugPackReport["files"][number];

/** Makes the body for this version of envctl. */
export function debugPackBody(version: string): CommandBody<DebugPackReport> {
  return {
    run: async (input, runtime) => {
      const content = await packContent(input, runtime, { version, lines: linesOf(input), hashesCommands: input.flags["hash-commands"] === true });
      const report = { contract_version: "envctl.debug_pack.v1", run_id: content.runId, files: content.files.map(rowOf), missing: content.missing } as const;
      if (input.flags["dry-run"] === true) return { ...report, path: null, bytes: 0 };
      if (!input.wantsJson) for (const line of listLines(report)) input.note(line);
      return { ...report, ...writePack(content, { ...report, envctl: version }, input, runtime) };
    },
    text: (report) => (report.path === null ? [...listLines(report), "", "Nothing was written."] : [`Packed into ${report.path} (${byteSize(report.bytes)}). Look into it before you hand it on; envctl sends nothing.`]),
  };
}

function linesOf({ flags }: CommandInput): number {
  const text = flags["lines"];
  if (text === undefined) return usualLines;
  const lines = Number(text);
  if (Number.isSafeInteger(lines) && lines >= 0) return lines;
  throw new UserError({ reason: "usage_invalid", message: `--lines needs a number, not "${String(text)}"`, hint: "for example --lines 500" });
}

function rowOf({ path, content, redacted }: PackedFile): PackRow {
  return { path, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex"), redacted: { ...redacted } };
}

function listLines({ files, missing }: Pick<DebugPackReport, "files" | "missing">): readonly string[] {
  const rows = files.map(({ path, bytes, redacted }) => [path, byteSize(bytes), Object.entries(redacted).map(([rule, count]) => `${count} × ${rule}`).join(", ") || "-"]);
  return [...table(["FILE", "SIZE", "HIDDEN IN IT"], rows), ...missing.map(({ path, because }) => `missing: ${path}: ${because}`)];
}

/** Where packs are kept; readable to their owner alone. */
export function packDirectory({ scope }: Pick<EngineRuntime, "scope">): string {
  return join(scope.root, "debug");
}

function writePack(content: PackContent, manifest: object, input: CommandInput, runtime: EngineRuntime): { readonly path: string; readonly bytes: number } {
  const now = runtime.host.clock.now();
  const createdAt = new Date(now).toISOString();
  const name = `envctl-debug-${createdAt.replaceAll(/\D/g, "").slice(0, 17)}`;
  const output = input.flags["output"];
  const path = typeof output === "string" ? resolve(runtime.checkout.projectRoot, output) : join(packDirectory(runtime), `${name}.tar.gz`);
  const all = [{ path: "manifest.json", content: Buffer.from(`${JSON.stringify({ ...manifest, created_at: createdAt }, undefined, 2)}\n`) }, ...content.files];
  const archive = gzipSync(tarArchive(all.map((file) => ({ path: `${name}/${file.path}`, content: file.content })), now), { level: 6 });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, archive, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, hint: "say another place: `envctl debug-pack --output FILE`; a file that is there is left as it is" });
  }
  return { path, bytes: archive.length };
}

/** `debug-last`: where the newest pack is. */
export const lastBody: CommandBody<DebugLastReport> = {
  run: async (_input, runtime) => {
    const directory = packDirectory(runtime);
    const newest = packsIn(directory).at(-1);
    return { path: newest === undefined ? null : join(directory, newest), bytes: newest === undefined ? 0 : statSync(join(directory, newest)).size, directory };
  },
  text: ({ path, directory }) => [path ?? `There is no debug pack in ${directory}; make one: envctl debug-pack`],
  exit: ({ path }) => (path === null ? exitCodes.failure : exitCodes.ok),
};

/** Oldest first. */
function packsIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".tar.gz")).sort();
  } catch {
    return [];
  }
}

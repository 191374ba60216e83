/** Services of Go modules: a program at the root, or each directory of `cmd/` that serves. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { toldBySource } from "./listening.ts";
import type { Told } from "./listening.ts";
import { has, sourceTexts, subdirectories, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

const serves = /\bhttp\.ListenAndServe|\bhttp\.Server\{|\.Listen\(|\bnet\.Listen\(|\becho\.New\(|\bgin\.(?:Default|New)\(|\bfiber\.New\(|\bgrpc\.NewServer\(/;
const portFlag = /\bflag\.(?:Int|String)(?:Var)?\((?:&[\w.]+,\s*)?"(port|addr|listen|http)",\s*("[^"]*"|\d+)/;
const sources = /(?<!_test)\.go$/;

export const goDetector: Detector = {
  id: "go",
  files: ["go.mod"],
  detect(tree, directory) {
    const programs = has(tree, directory, "main.go") ? [{ path: ".", name: undefined }] : [];
    const commands = subdirectories(tree, within(directory, "cmd")).map((name) => ({ path: `./cmd/${name}`, name }));
    return [...programs, ...commands].flatMap(({ path, name }) => programAt(tree, directory, path, name));
  },
};

function programAt(tree: Tree, directory: string, path: string, name: string | undefined): readonly Candidate[] {
  const place = path === "." ? directory : within(directory, path.slice(2));
  const own = sourceTexts(tree, place, sources, 0);
  if (!own.some((text) => /^package main\b/m.test(text))) return [];
  const imported = importedTexts(tree, directory, own);
  const listens = [...own, ...imported].some((text) => serves.test(text) || /\b(?:r|router|engine|app|e)\.(?:Run|Start)\(/.test(text));
  const isWorker = !listens && /worker|consumer|scheduler|cron|processor/.test(name ?? "");
  if (!listens && !isWorker) return [];
  const flag = flagOf([...own, ...imported]);
  const told: Told = !listens || flag !== undefined ? { env: {} } : toldBySource([...own, ...imported, ...configurationTexts(tree, directory)]);
  return [{
    role: listens ? "backend" : "worker",
    ...(name === undefined ? {} : { name }),
    dir: directory,
    command: `go run ${path}${flag ?? ""}`,
    ...told,
    listens,
    prepare: [{ name: "install", command: "go mod download", inputs: ["go.mod", "go.sum"] }],
    uses: usedIn(tree, directory, "go"),
    reason: `${within(place, "main.go")}: a Go program that ${listens ? "serves" : "works in the background"}`,
    file: within(directory, "go.mod"),
  }];
}

function flagOf(texts: readonly string[]): string | undefined {
  const match = texts.map((text) => portFlag.exec(text)).find((one) => one !== null);
  if (match === undefined) return undefined;
  return /^\d+$|^"\d+"$/.test(match[2] ?? "") ? ` -${match[1]} {port}` : ` -${match[1]} 127.0.0.1:{port}`;
}

/** Packages of the same module that the program imports; the server is often in one of them. */
function importedTexts(tree: Tree, directory: string, own: readonly string[]): readonly string[] {
  const module = /^module\s+(\S+)/m.exec(tree.read(within(directory, "go.mod")) ?? "")?.[1];
  if (module === undefined) return [];
  const paths = own.flatMap((text) => [...text.matchAll(/"([^"\s]+)"/g)].map((match) => match[1] ?? "")).filter((path) => path.startsWith(`${module}/`));
  return [...new Set(paths)].flatMap((path) => sourceTexts(tree, within(directory, path.slice(module.length + 1)), sources, 0));
}

function configurationTexts(tree: Tree, directory: string): readonly string[] {
  return ["config", "internal/config", "pkg/config"].flatMap((name) => sourceTexts(tree, within(directory, name), sources, 0));
}

/** Proposes services from what lies in a repository. Pure: reads through a Tree, executes nothing. */
import { nodeDetector } from "./detect/node.ts";
import { procfileDetector } from "./detect/procfile.ts";
import type { Candidate, Detector, Proposal } from "./detect/proposal.ts";
import { pythonDetector } from "./detect/python.ts";
import { has, within } from "./detect/tree.ts";
import type { Tree } from "./detect/tree.ts";

/** The table of detectors. In each directory the first one that proposes something decides. */
export const detectors: readonly Detector[] = [procfileDetector, nodeDetector, pythonDetector];

const basePorts = { backend: 8000, frontend: 9000 } as const;
const mostDirectories = 60;
/** Directories that hold other people's code, built things or tests. */
const passedOver = /^(?:\..*|node_modules|vendor|dist|build|out|target|coverage|tests?|e2e|docs?|examples?|fixtures|scripts|trees|venv|env|__pycache__)$/;
/** Directories whose children are the parts of a repository. */
const holders = new Set(["apps", "services", "packages", "projects", "src", "modules"]);

/** Proposed services, in a stable order: the root first, then directories by name. */
export function detectServices(tree: Tree): readonly Proposal[] {
  const candidates = directoriesOf(tree).flatMap((directory) => candidatesIn(tree, directory));
  const named: Proposal[] = [];
  for (const candidate of candidates) named.push(proposalOf(candidate, named));
  return named;
}

/** What one directory holds; used where the directory is configured already. */
export function candidatesIn(tree: Tree, directory: string): readonly Candidate[] {
  for (const detector of detectors) {
    if (detector.isRootOnly === true && directory !== ".") continue;
    if (!detector.files.some((file) => has(tree, directory, file))) continue;
    const found = detector.detect(tree, directory);
    if (found.length > 0) return found;
  }
  return [];
}

/** The root alone when it has a Procfile, which lists everything; else the root, its directories, and the parts of `apps/` and the like. */
function directoriesOf(tree: Tree): readonly string[] {
  if (candidatesIn(tree, ".").some(({ file }) => file.startsWith("Procfile"))) return ["."];
  const children = subdirectories(tree, ".");
  const parts = children.filter((name) => holders.has(name)).flatMap((name) => subdirectories(tree, name));
  return [".", ...children, ...parts].slice(0, mostDirectories);
}

function subdirectories(tree: Tree, directory: string): readonly string[] {
  return tree.list(directory)
    .filter((name) => name.endsWith("/"))
    .map((name) => name.slice(0, -1))
    .filter((name) => !passedOver.test(name))
    .toSorted()
    .map((name) => within(directory, name));
}

function proposalOf(candidate: Candidate, others: readonly Proposal[]): Proposal {
  return { ...candidate, name: freeName(wantedName(candidate), others), basePort: candidate.listens ? freePort(candidate, others) : "none" };
}

function wantedName(candidate: Candidate): string {
  const directoryName = candidate.dir === "." ? undefined : candidate.dir.slice(candidate.dir.lastIndexOf("/") + 1);
  const wanted = candidate.name ?? (candidate.role === "worker" ? "worker" : directoryName) ?? candidate.role;
  const name = wanted.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+/, "").slice(0, 60);
  return name === "" || name === "postgres" || name === "redis" ? `${name === "" ? "" : `${name}-`}${candidate.role}` : name;
}

function freeName(wanted: string, others: readonly Proposal[]): string {
  const isTaken = (name: string): boolean => others.some((other) => other.name === name);
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

/** Bases lie next to each other, inside the spacing of projects, so that no project's port meets another's. */
function freePort(candidate: Candidate, others: readonly Proposal[]): number {
  let port = candidate.port ?? basePorts[candidate.role === "frontend" ? "frontend" : "backend"];
  while (others.some((other) => other.basePort === port)) port += 1;
  return port;
}

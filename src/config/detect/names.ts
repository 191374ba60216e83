/** Names and ports of proposed services, each given once. */
import type { Candidate, Proposal } from "./proposal.ts";

const basePorts = { backend: 8000, frontend: 9000 } as const;
const requirementNames = new Set(["postgres", "redis", "supabase", "n8n"]);

/** Gives every candidate a name of its own; ports come later, when what variables mean is known. */
export function named(candidates: readonly Candidate[]): readonly Proposal[] {
  const proposals: Proposal[] = [];
  for (const candidate of candidates) proposals.push({ ...candidate, name: freeName(candidate, proposals), basePort: "none" });
  return proposals;
}

/** Bases lie next to each other, inside the spacing of projects, so that no project's port meets another's. */
export function withPorts(proposals: readonly Proposal[]): readonly Proposal[] {
  const done: Proposal[] = [];
  for (const proposal of proposals) done.push({ ...proposal, basePort: proposal.listens ? freePort(proposal, done) : "none" });
  return done;
}

function freeName(candidate: Candidate, others: readonly Proposal[]): string {
  const directoryName = candidate.dir === "." ? undefined : candidate.dir.slice(candidate.dir.lastIndexOf("/") + 1);
  const first = cleanName(candidate.name ?? (candidate.role === "worker" ? "worker" : directoryName) ?? candidate.role, candidate);
  const isTaken = (name: string): boolean => others.some((other) => other.name === name);
  if (!isTaken(first)) return first;
  const second = cleanName(directoryName === undefined ? `${first}-${candidate.role}` : `${directoryName}-${candidate.role}`, candidate);
  if (others.some(({ dir, name }) => dir === candidate.dir && name === first) && first !== candidate.role && !isTaken(second)) return second;
  let name = first;
  for (let number = 2; isTaken(name); number += 1) name = `${first}-${number}`;
  return name;
}

function cleanName(wanted: string, { role }: Candidate): string {
  const name = wanted.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+/, "").slice(0, 60);
  return name === "" || requirementNames.has(name) ? `${name === "" ? "" : `${name}-`}${role}` : name;
}

function freePort(proposal: Proposal, others: readonly Proposal[]): number {
  let port = proposal.port ?? basePorts[proposal.role === "frontend" ? "frontend" : "backend"];
  while (others.some((other) => other.basePort === port)) port += 1;
  return port;
}

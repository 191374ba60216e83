/** Proposes services and requirements from what lies in a repository. Pure: reads through a Tree, executes nothing. */
import { compositionOf, forwardedPorts } from "./detect/compose.ts";
import { withApplications } from "./detect/containers.ts";
import { denoDetector } from "./detect/deno.ts";
import { dotnetDetector } from "./detect/dotnet.ts";
import { elixirDetector } from "./detect/elixir.ts";
import { goDetector } from "./detect/go.ts";
import { jvmDetector } from "./detect/jvm.ts";
import { usesSupabase } from "./detect/libraries.ts";
import { makeDetector } from "./detect/make.ts";
import { nodeDetector } from "./detect/node.ts";
import { nxDetector } from "./detect/nx.ts";
import { phpDetector } from "./detect/php.ts";
import { procfileDetector } from "./detect/procfile.ts";
import { named, withPorts } from "./detect/names.ts";
import type { Candidate, Detection, Detector, Proposal, RequirementProposal } from "./detect/proposal.ts";
import { pythonDetector } from "./detect/python.ts";
import { rubyDetector } from "./detect/ruby.ts";
import { rustDetector } from "./detect/rust.ts";
import { matching, subdirectories, within } from "./detect/tree.ts";
import type { Tree } from "./detect/tree.ts";
import { meaningsOf, pairsOf } from "./detect/variables.ts";
import type { Meanings } from "./detect/variables.ts";
import { declaredParts } from "./detect/workspaces.ts";

/** The table of detectors. In each directory the first of every row that proposes something decides for its row. */
export const detectors: readonly (readonly Detector[])[] = [
  [nxDetector, nodeDetector, denoDetector], [pythonDetector], [rubyDetector], [goDetector], [rustDetector], [phpDetector], [jvmDetector], [dotnetDetector], [elixirDetector],
];

const mostDirectories = 80;
/** Directories whose children are the parts of a repository. */
const holders = new Set(["apps", "services", "packages", "projects", "src", "modules", "crates", "cmd"]);
const examples = [".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", ".env.development"];

/** Everything proposed, in a stable order: the root first, then directories by name. `more`: detectors of plug-ins. */
export function detect(tree: Tree, more: readonly Detector[] = []): Detection {
  const failures: string[] = [];
  const others = more.map((detector) => guarded(detector, failures));
  const composition = compositionOf(tree);
  const directories = directoriesOf(tree, composition.applications.map(({ dir }) => dir));
  const found = directories.flatMap((directory) => candidatesIn(tree, directory, others));
  const { candidates, owners, notes } = withApplications(tree, found.length > 0 || composition.applications.length > 0 ? found : lastResort(tree, directories), composition);
  const supabase = supabaseOf(tree);
  const first = named(withForwardedPort(candidates, forwardedPorts(tree))).map((proposal) => (supabase.length > 0 && usesSupabase(tree, proposal.dir) ? { ...proposal, uses: [...proposal.uses, "supabase"] } : proposal));
  const hosts = { ...composition.hosts, ...Object.fromEntries([...owners].map(([name, index]) => [name, first[index]?.name ?? name])) };
  const known = first.map((proposal, index) => {
    const application = composition.applications.find(({ name }) => owners.get(name) === index);
    return understood(proposal, [application?.env ?? {}, isBuiltBeside(proposal, first) ? {} : examplePairs(tree, proposal.dir)], { services: first, hosts });
  });
  const services = withPorts(known.map(({ proposal }) => proposal));
  return {
    services,
    requirements: requirementsOf(services, [...composition.requirements, ...supabase]),
    notes: [...failures, ...composition.notes, ...notes, ...known.flatMap(({ proposal, expects }) => (expects.length === 0 ? [] : [`${proposal.name} expects ${expects.join(", ")}; give ${expects.length === 1 ? "it" : "them"} in .envctl.local, under services.${proposal.name}.env`]))],
  };
}

/** What one directory holds; used where the directory is configured already. A detector of somebody else's (`more`) that proposes something decides alone. */
export function candidatesIn(tree: Tree, directory: string, more: readonly Detector[] = []): readonly Candidate[] {
  const own = more.map((detector) => foundBy(detector, tree, directory)).find((found) => found.length > 0);
  if (own !== undefined) return own;
  const listed = directory === "." ? foundBy(procfileDetector, tree, directory) : [];
  if (listed.length > 0) return listed;
  return detectors.flatMap((row) => row.map((detector) => foundBy(detector, tree, directory)).find((found) => found.length > 0) ?? []);
}

function foundBy(detector: Detector, tree: Tree, directory: string): readonly Candidate[] {
  return matching(tree, directory, detector.files).length === 0 ? [] : detector.detect(tree, directory);
}

/** One that throws proposes nothing, and is noted. */
function guarded(detector: Detector, failures: string[]): Detector {
  const detect: Detector["detect"] = (tree, directory) => {
    try {
      return detector.detect(tree, directory);
    } catch (error) {
      failures.push(`the detector ${detector.id} failed in ${directory}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  return { ...detector, detect };
}

/** Targets of make and just stand for everything else, so they count only where nothing else is found. */
function lastResort(tree: Tree, directories: readonly string[]): readonly Candidate[] {
  return directories.flatMap((directory) => foundBy(makeDetector, tree, directory));
}

/** The root alone when it has a Procfile, which lists everything; else the root, its directories, the parts of `apps/` and the like, and what a workspace names. */
function directoriesOf(tree: Tree, more: readonly string[]): readonly string[] {
  if (foundBy(procfileDetector, tree, ".").length > 0) return ["."];
  const children = subdirectories(tree, ".");
  const parts = children.filter((name) => holders.has(name)).flatMap((name) => subdirectories(tree, name).map((inner) => within(name, inner)));
  return [...new Set([".", ...children, ...parts, ...declaredParts(tree), ...more])].slice(0, mostDirectories);
}

/** A devcontainer that forwards one port means the one service. */
function withForwardedPort(candidates: readonly Candidate[], ports: readonly number[]): readonly Candidate[] {
  const [port, ...others] = ports;
  const open = candidates.filter((one) => one.listens && one.port === undefined);
  if (port === undefined || others.length > 0 || open.length !== 1) return candidates;
  return candidates.map((one) => (one === open[0] ? { ...one, port } : one));
}

/** A frontend in the directory of its backend: the variables there are the backend's. */
function isBuiltBeside(proposal: Proposal, all: readonly Proposal[]): boolean {
  return proposal.role === "frontend" && proposal.dir === "." && all.some((other) => other.dir === proposal.dir && other.role === "backend");
}

interface Understood {
  readonly proposal: Proposal;
  readonly expects: readonly string[];
}

/** Adds what the variables it is given elsewhere mean; its own settings stay stronger. */
function understood(proposal: Proposal, sources: readonly Readonly<Record<string, string>>[], around: { readonly services: readonly Proposal[]; readonly hosts: Readonly<Record<string, string>> }): Understood {
  const meanings: Meanings = meaningsOf(Object.assign({}, ...sources.toReversed()), { self: proposal, ...around });
  const guess = [proposal.guess, meanings.guess].filter((one) => one !== undefined).join("; ");
  const port = proposal.port ?? meanings.port;
  return {
    proposal: {
      ...proposal,
      ...(port === undefined ? {} : { port }),
      ...(guess === "" ? {} : { guess }),
      env: { ...meanings.env, ...proposal.env },
      uses: [...new Set([...proposal.uses, ...meanings.uses])].toSorted(),
    },
    expects: meanings.expects,
  };
}

function examplePairs(tree: Tree, directory: string): Readonly<Record<string, string>> {
  const file = examples.find((name) => tree.read(within(directory, name)) !== undefined);
  return file === undefined ? {} : pairsOf(tree.read(within(directory, file)) ?? "");
}

/** A project of Supabase's own command-line tool. */
function supabaseOf(tree: Tree): readonly RequirementProposal[] {
  const file = "supabase/config.toml";
  return tree.read(file) === undefined ? [] : [{ name: "supabase", settings: {}, reason: file, file }];
}

function requirementsOf(services: readonly Proposal[], found: readonly RequirementProposal[]): readonly RequirementProposal[] {
  const names = [...new Set([...services.flatMap(({ uses }) => uses), ...found.map(({ name }) => name)])].toSorted();
  return names.map((name) => {
    const users = services.filter(({ uses }) => uses.includes(name)).map((service) => service.name);
    return found.find((one) => one.name === name) ?? { name, settings: {}, reason: `used by ${users.join(", ")}` };
  });
}

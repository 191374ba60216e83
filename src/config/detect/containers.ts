/** Brings what Compose files say of the repository's own programs together with what was found in their directories. */
import type { CommandText } from "../../model/config.ts";
import type { ComposeApplication, Composition } from "./compose.ts";
import { fixedPort } from "./listening.ts";
import type { Candidate } from "./proposal.ts";
import { runnerOf } from "./python.ts";
import { matching } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface Joined {
  readonly candidates: readonly Candidate[];
  /** Compose's name → the index of the candidate that stands for it. */
  readonly owners: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

const workerWords = /\b(?:celery|sidekiq|worker|queue|rq|dramatiq|consumer|beat|scheduler)\b/;
const pythonPrograms = /^(?:python3?|celery|uvicorn|gunicorn|flask|rq|dramatiq|django-admin|hypercorn|fastapi)\b/;

/** A found service that a Compose file builds gets its name, port and databases; a further command of the same directory becomes a service that is a guess. */
export function withApplications(tree: Tree, found: readonly Candidate[], composition: Composition): Joined {
  const candidates = [...found];
  const owners = new Map<string, number>();
  const notes: string[] = [];
  for (const application of composition.applications) {
    const uses = application.dependsOn.flatMap((name) => composition.hosts[name] ?? []);
    const index = counterpart(candidates, application, new Set(owners.values()));
    const match = index === undefined ? undefined : candidates[index];
    if (index !== undefined && match !== undefined) {
      candidates[index] = joined(match, application, uses);
      owners.set(application.name, index);
      continue;
    }
    const guessed = guessedFrom(tree, application, uses, candidates);
    if (guessed === undefined) notes.push(`${application.file}: ${application.name} is built from ${application.dir}; nothing tells how to run it outside of a container`);
    else owners.set(application.name, candidates.push(guessed) - 1);
  }
  return { candidates, owners, notes };
}

/** The candidate of its directory that is the same program: by name, or the only one of its kind. */
function counterpart(candidates: readonly Candidate[], application: ComposeApplication, taken: ReadonlySet<number>): number | undefined {
  const mine = [...candidates.entries()].filter(([index, one]) => one.dir === application.dir && !taken.has(index));
  const byName = mine.find(([, one]) => one.name === application.name);
  if (byName !== undefined) return byName[0];
  const isSelf = application.command === undefined || application.port !== undefined || application.dir.endsWith(application.name);
  const isWorker = workerWords.test([application.command ?? ""].flat().join(" ")) || (application.port === undefined && workerWords.test(application.name));
  const alike = mine.filter(([, one]) => (isWorker ? one.role === "worker" : isSelf && one.listens));
  return alike.length === 1 ? alike[0]?.[0] : undefined;
}

function joined(candidate: Candidate, { name, dir, port }: ComposeApplication, uses: readonly string[]): Candidate {
  return {
    ...candidate,
    ...(dir === "." && candidate.name === undefined ? { name } : {}),
    ...(port === undefined || !candidate.listens ? {} : { port }),
    uses: [...new Set([...candidate.uses, ...uses])],
  };
}

function guessedFrom(tree: Tree, application: ComposeApplication, uses: readonly string[], others: readonly Candidate[]): Candidate | undefined {
  const { name, dir, command, port, file } = application;
  if (command === undefined) return undefined;
  const listens = port !== undefined;
  const neighbour = others.find((one) => one.dir === dir);
  return {
    role: listens ? "backend" : "worker",
    name,
    dir,
    command: ranHere(tree, dir, command, listens),
    ...(port === undefined ? {} : { port }),
    listens,
    env: listens && !fixedPort.test([command].flat().join(" ")) ? { PORT: "{port}" } : {},
    prepare: neighbour?.prepare ?? [],
    uses: [...new Set([...(neighbour?.uses ?? []), ...uses])],
    reason: `${file}: ${name}`,
    guess: "its command is the one of its container; check that it runs here",
    file,
  };
}

function ranHere(tree: Tree, dir: string, command: CommandText, listens: boolean): string {
  const text = typeof command === "string" ? command : command.map((word) => (/^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
  const isPython = pythonPrograms.test(text) && matching(tree, dir, ["pyproject.toml", "requirements.txt", "Pipfile", "manage.py"]).length > 0;
  return `${isPython ? runnerOf(tree, dir).prefix : ""}${listens ? text.replace(fixedPort, "$1{port}") : text}`;
}

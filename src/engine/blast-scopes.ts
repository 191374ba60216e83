/** The repositories a blast is about: where their state is, and what of it can be read. */
import { existsSync, readdirSync } from "node:fs";
import type { Host } from "../host/host.ts";
import { pathsOf, scopePaths, type ScopePaths } from "../host/paths.ts";
import type { ProcessTable } from "../host/process-row.ts";
import type { BlastRequest } from "../model/blast.ts";
import { handleOf } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import type { Handle } from "../model/unit.ts";
import { createRunRepository } from "../state/repository.ts";
import type { RunRepository } from "../state/run-repository.ts";
import type { Mark, RecordedUnit } from "./blast-choice.ts";

export interface BlastScope {
  readonly id: string;
  readonly paths: ScopePaths;
  readonly repository: RunRepository;
  /** Undefined where nothing was ever started or nothing can be read. */
  readonly state: RunState | undefined;
  /** Units of the state that are meant. */
  readonly units: readonly UnitState[];
}

export interface BlastPlace {
  readonly host: Host;
  readonly table: ProcessTable;
  /** The repository the caller stands in. */
  readonly ownScope: string;
  /** Throw-away projects of that repository, each in a scope of its own. */
  readonly throwAways: readonly { readonly scopeId: string; readonly project: string }[];
}

/** Daemons as a blast needs them. */
export interface Daemons {
  /** Lets a daemon that answers, and is not in the middle of something else, do and record the work. True when it did. */
  stop(scope: BlastScope, project: string | undefined): Promise<boolean>;
  /** Ends one that lives; the pid that was ended. */
  end(scope: BlastScope): Promise<number | undefined>;
}

/** What a blast works with. */
export interface BlastParts extends BlastPlace {
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
  readonly daemons: Daemons;
  /** Becomes the one who may write the state of a scope; undefined where somebody else is, or nobody can. */
  readonly keep: (scope: BlastScope) => KeptScope | undefined;
}

/** The right to write the state of a scope. */
export interface KeptScope {
  readonly scopeId: string;
  release(): void;
}

/** The caller's own with its throw-aways, or all that have a directory below the state root. */
export function blastScopes({ host, ownScope, throwAways }: BlastPlace, request: BlastRequest): readonly BlastScope[] {
  const { stateRoot } = host.paths;
  const others = request.allRepositories && existsSync(stateRoot) ? readdirSync(stateRoot).filter((name) => /^repo-[0-9a-f]{12}$/.test(name)) : [];
  const thrownAway = throwAways.filter(({ project }) => request.project === undefined || project === request.project).map(({ scopeId }) => scopeId);
  return [...new Set([ownScope, ...thrownAway, ...others])].map((id): BlastScope => {
    const paths = scopePaths(stateRoot, id);
    const repository = createRunRepository(paths, host.machine.isRoot);
    const state = readable(repository);
    const units = Object.values(state?.units ?? {}).filter(({ spec }) => request.project === undefined || spec.project === request.project);
    return { id, paths, repository, state, units };
  });
}

/** First processes of the units that can still be what they were: of this boot and pid namespace. */
export function recordedUnits({ host }: BlastPlace, scopes: readonly BlastScope[]): readonly RecordedUnit[] {
  const { bootId, pidNamespace } = host.machine;
  return scopes.flatMap(({ id, units }) =>
    units.flatMap(({ spec, life }): readonly RecordedUnit[] => {
      const handle = handleOf(life);
      return handle?.inside === undefined && handle?.bootId === bootId && handle.pidNamespace === pidNamespace ? [{ scope: id, unitId: spec.id, handle }] : [];
    }),
  );
}

/** Marks of the scopes and the project meant; with all repositories also of scopes whose directory is gone, if their processes belong to this state root. */
export function isMeantBy(place: BlastPlace, request: BlastRequest, scopes: readonly BlastScope[]): (mark: Mark, pid: number) => boolean {
  const known = new Set(scopes.map(({ id }) => id));
  return (mark, pid) => {
    if (request.project !== undefined && mark.project !== request.project) return false;
    return known.has(mark.scope) || (request.allRepositories && isOfStateRoot(place, pid));
  };
}

/** As its own environment tells: another state root, or another user's, is somebody else's business. */
export function isOfStateRoot({ host, table }: Pick<BlastPlace, "host" | "table">, pid: number): boolean {
  const { machine, paths } = host;
  const user = table.userId(pid);
  if (user !== undefined && user !== machine.uid && user !== machine.serverAccount?.uid) return false;
  const names = ["ENVCTL_STATE_DIR", "XDG_STATE_HOME", "HOME"];
  return pathsOf(Object.fromEntries(names.map((name) => [name, table.variable(pid, name)])), machine.isRoot).stateRoot === paths.stateRoot;
}

/** Whatever is wrong with the files, a blast goes on without them. */
function readable(repository: RunRepository): RunState | undefined {
  try {
    return repository.latest()?.state;
  } catch {
    return undefined;
  }
}

/** Databases that projects have on Main's server instead of on one of their own. */
import { join } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { Requirement } from "../requirements/adapter.ts";
import type { EngineRuntime } from "../runtime.ts";
import { intentOf } from "./intent.ts";

export interface BorrowedDatabase {
  readonly project: string;
  readonly requirement: string;
  readonly database: string;
}

const lender = "Main";

/** Those of a project, as its checkout configures them; one whose checkout is gone, as Main's does. */
export async function borrowedDatabases(project: { readonly projectName: string; readonly root: string; readonly isGone: boolean }, runtime: EngineRuntime): Promise<readonly BorrowedDatabase[]> {
  const { config } = await runtime.resolveConfig({ projectRoot: project.isGone ? runtime.checkout.repository : project.root });
  const adapters = await runtime.requirements();
  const state = runtime.repository.latest()?.state;
  const kept = new Set((await runtime.dataOf([lender])).map(({ requirement }) => requirement));
  return Object.values(config.requirements).flatMap((raw): readonly BorrowedDatabase[] => {
    const adapter = adapters.find(({ id }) => id === raw.name);
    const settings = adapter?.settings(raw);
    const hasRun = kept.has(raw.name) || state?.units[`${lender}/${raw.name}`] !== undefined;
    if (adapter === undefined || settings === undefined || Array.isArray(settings) || !raw.enabled || raw.engine === "external" || !hasRun) return [];
    if ((adapter.engines.embedded ?? adapter.engines.docker)?.usesMainServer?.(settings) !== true) return [];
    const database = databaseOf(adapter, settings, project.projectName, runtime);
    return database === undefined || database === databaseOf(adapter, settings, lender, runtime) ? [] : [{ project: project.projectName, requirement: raw.name, database }];
  });
}

function databaseOf(adapter: Requirement, settings: unknown, project: string, { scope }: EngineRuntime): string | undefined {
  const server = project === lender ? {} : { server: lender };
  return adapter.values({ project, ...server, name: adapter.id, settings, runtime: undefined, ports: {}, dataDirectory: join(scope.data, lender, adapter.id), secret: () => "" })["database"];
}

/** Deletes one; why not, where it could not be. */
export async function dropBorrowed({ requirement, database }: BorrowedDatabase, input: CommandInput, runtime: EngineRuntime): Promise<Failure | undefined> {
  try {
    const control = await runtime.control();
    const report = await control.data({ action: "drop", project: lender, requirement, name: database, caller: { ...intentOf("stop", input, runtime).caller, directory: runtime.checkout.repository } }, input.signal);
    return report.failures[0];
  } catch (error) {
    if (error instanceof UserError) return error.failures[0];
    throw error;
  }
}

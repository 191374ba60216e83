/** Projects with a PostgreSQL, and short ways to look into their databases. */
import { Client } from "pg";
import { join } from "node:path";
import { expect } from "vitest";
import { scene, type Scene } from "./scene.ts";

export interface DbScene extends Scene {
  /** Rows of the last statement in a project's database. */
  sql(project: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  urlOf(project: string): Promise<string>;
  dataOf(project: string, requirement?: string): string;
  /** Calls and expects success. */
  done(...args: readonly string[]): Promise<string>;
}

export interface DbSceneOptions {
  readonly worktrees?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly requirements?: Readonly<Record<string, unknown>>;
}

/** Every project has a service `app` that needs the database; `settings` are those of `requirements.postgres`. */
export async function dbScene(settings: Readonly<Record<string, unknown>>, { worktrees = ["a", "b"], files = {}, requirements = {} }: DbSceneOptions = {}): Promise<DbScene> {
  const stack = await scene(
    (port) => ({ services: { app: { command: ["sleep", "600"], depends_on: ["postgres"] } }, requirements: { postgres: { version: 16, port, ...settings }, ...requirements } }),
    { worktrees, files },
  );
  const done = async (...args: readonly string[]): Promise<string> => {
    const outcome = await stack.envctl(args);
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 });
    return outcome.stdout;
  };
  const urlOf = async (project: string): Promise<string> => (await done("db", "url", "--project", project)).trim();
  return {
    ...stack,
    done,
    urlOf,
    dataOf: (project, requirement = "postgres") => join(stack.scope(), "data", project, requirement),
    sql: async (project, text) => {
      const client = new Client(await urlOf(project));
      await client.connect();
      const results = await client.query(text).finally(() => client.end());
      return ([results].flat().at(-1)?.rows ?? []) as readonly Record<string, unknown>[];
    },
  };
}

export const makeNote = "create table if not exists note (text text); insert into note values ('of Main')";
export const notes = "select text from note";

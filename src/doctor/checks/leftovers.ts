/** What is left of runs: processes nobody wants, data of projects that are gone, fetched servers that are damaged. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { damagedFiles } from "../../host/checksums.ts";
import { endGraphLeftovers, graphLeftovers, killedRunners } from "../../host/graph-leftovers.ts";
import { orPass, pass, type Check, type Remark, type World } from "../check.ts";
import { isMeant } from "../meant.ts";
import { counted } from "../words.ts";

/** They carry this repository's mark, of a run that is known here, and no unit of it is meant to run; or of a `graph run` that was killed. */
export const orphansCheck: Check = {
  id: "orphans",
  title: "Processes left behind",
  gates: [],
  run: (world) => {
    const { table, scopeId, repository } = world;
    const runs = new Set(repository.list());
    const state = runs.size === 0 ? undefined : repository.latest()?.state;
    const marks = [...(runs.size === 0 ? new Map<number, string>() : table.marks(table.rows()))].filter(([pid, mark]) => pid !== process.pid && mark.startsWith(`${scopeId}/`));
    const left = marks.filter(([, mark]) => runs.has(mark.split("/").at(-1) ?? "") && !isMeant(state, mark.split("/").slice(1, -1).join("/")));
    return orPass([...graphRemarks(world), ...(left.length === 0 ? [] : [{
      status: "warn" as const,
      detail: `${counted(left.length, "process")} of units that are not meant to run: ${left.slice(0, 5).map(([pid, mark]) => `pid ${pid} of ${mark.split("/").slice(1, -1).join("/")}`).join(", ")}`,
      hint: "end them: `envctl blast-all` (it ends everything of this repository; `--dry-run` shows what)",
    }])], "none carries this repository's mark and runs unasked");
  },
};

/** Looked for only where a run was killed: reading every environment is dear. */
function graphRemarks({ table, scopeId, scope, host }: World): readonly Remark[] {
  const place = { table, machine: host.machine, scopeId, graphs: scope.graphs };
  const left = killedRunners(place).length === 0 ? [] : graphLeftovers(place);
  return left.length === 0 ? [] : [{
    status: "warn",
    detail: `${counted(left.length, "process")} of a \`graph run\` that was killed: ${left.slice(0, 5).map(({ pid, project }) => `pid ${pid} of the graph of ${project}`).join(", ")}`,
    hint: "`envctl doctor --fix` ends them; so does the daemon, and the next `envctl graph run`",
    fix: { about: "end them", apply: async () => void (await endGraphLeftovers(place, (ms) => host.clock.sleep(ms))) },
  }];
}

/** What the Python engine started it has to end: its processes carry no mark of ours. */
export const legacyCheck: Check = {
  id: "legacy",
  title: "Python engine",
  gates: [],
  run: async ({ legacyState }) => {
    const found = await legacyState();
    if (found === undefined) return pass("it left nothing here");
    const living = found.services.filter(({ lives }) => lives);
    return orPass(living.map(({ name, pid, port }): Remark => ({
      status: "warn",
      detail: `${name} of the Python engine still runs: pid ${pid}${port === null ? "" : `, port ${port}`}`,
      hint: `stop it with the envctl that started it, or end it: \`kill ${pid}\``,
    })), `a run of it was here: ${found.path}`);
  },
};

export const dataCheck: Check = {
  id: "data",
  title: "Data of projects",
  gates: [],
  run: async (world) => {
    const known = new Set((await world.projects()).map(({ name }) => name.split("/")[0]));
    const gone = entriesOf(world.scope.data).filter((name) => !known.has(name));
    return orPass(gone.map((name): Remark => ({
      status: "warn",
      detail: `there are data of ${name}, and no such project any more: ${join(world.scope.data, name)}`,
      hint: `if nobody needs them: \`envctl prune --data-of ${name}\``,
    })), "every data directory belongs to a project");
  },
};

/** As much as can be read in time. */
const budgetBytes = 24 * 1_048_576;

/** What was fetched is compared with what it was then. */
export const runtimesCheck: Check = {
  id: "runtimes",
  title: "Fetched servers",
  gates: [],
  run: ({ host }: World) => {
    const root = join(host.paths.cacheRoot, "runtimes");
    const directories = entriesOf(root).filter((name) => !name.endsWith(".tmp")).map((name) => join(root, name));
    const damaged = directories.flatMap((directory) => {
      const files = damagedFiles(directory, budgetBytes / directories.length) ?? [];
      return files.length === 0 ? [] : [{ directory, files }];
    });
    return orPass(damaged.map(({ directory, files }): Remark => ({
      status: "fail",
      detail: `${counted(files.length, "file")} of a fetched server changed since: ${files.slice(0, 3).join(", ")}`,
      hint: `have it fetched again: \`rm -rf ${directory}\`, then \`envctl start\``,
    })), directories.length === 0 ? "none was fetched" : counted(directories.length, "server is as fetched", "servers are as fetched"));
  },
};

function entriesOf(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith(".")) : [];
}

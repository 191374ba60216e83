/** Commands of plug-ins: asked for only where envctl's own table is not enough. */
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { CommandSpec } from "./command.ts";
import type { ComposeOptions } from "./compose.ts";
import { commandNamed, parseArguments, type ParseResult } from "./parse.ts";

/** What of the shell this needs. */
interface Place {
  readonly compose: (options: ComposeOptions) => Promise<EngineRuntime>;
  readonly table: () => Promise<readonly CommandSpec[]>;
}

type Plugins = Awaited<ReturnType<EngineRuntime["plugins"]>>;

/** As `parseArguments`; only a word that is no command of envctl's leads to plug-ins. */
export async function parsedWithPlugins(argv: readonly string[], place: Place, options: (repo: Pick<ComposeOptions, "repo">) => ComposeOptions): Promise<ParseResult> {
  const table = await place.table();
  const parsed = await parseArguments(argv, table);
  if (parsed.ok || parsed.trouble.kind !== "unknown_command") return parsed;
  const here = options(repoIn(argv));
  const again = await parseArguments(argv, [...table, ...(await commandsOfPlugins(here, place))]);
  if (again.ok || again.trouble.kind !== "unknown_command") return again;
  const unheard = (await withPlugins(here, place, (plugins) => plugins.list())).filter(({ state }) => state === "untrusted").map(({ name }) => name);
  return { ...again, trouble: { ...again.trouble, unheard } };
}

/** None outside of a repository, and none in the place of envctl's own: what `stop` means is not for a plug-in to say. */
export async function commandsOfPlugins(options: ComposeOptions, place: Place): Promise<readonly CommandSpec[]> {
  const table = await place.table();
  return (await withPlugins(options, place, (plugins) => plugins.commands())).filter(({ name }) => commandNamed(name, table) === undefined);
}

async function withPlugins<T>(options: ComposeOptions, { compose }: Place, ask: (plugins: Plugins) => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask(await (await compose(options)).plugins());
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Of words whose command is not known yet. */
function repoIn(argv: readonly string[]): Pick<ComposeOptions, "repo"> {
  const at = argv.findIndex((word) => word === "--repo" || word.startsWith("--repo="));
  const repo = argv[at]?.slice("--repo=".length) || argv[at + 1];
  return at < 0 || repo === undefined ? {} : { repo };
}

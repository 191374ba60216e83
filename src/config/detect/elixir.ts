/** Services of Elixir projects: Phoenix, alone or in an umbrella. */
import type { Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import type { Told } from "./listening.ts";
import { subdirectories, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

export const elixirDetector: Detector = {
  id: "elixir",
  files: ["mix.exs"],
  detect(tree, directory) {
    const members = umbrellaMembers(tree, directory);
    const isPhoenix = [directory, ...members].some((place) => /\{:phoenix,/.test(mixOf(tree, place)));
    // A member of an umbrella is started from its root.
    if (!isPhoenix || /build_path:\s*"\.\.\//.test(mixOf(tree, directory))) return [];
    return [{
      role: "backend",
      dir: directory,
      command: "mix phx.server",
      ...toldBy(tree.read(within(directory, "config/dev.exs")) ?? ""),
      listens: true,
      prepare: [{ name: "install", command: "mix deps.get", inputs: ["mix.exs", "mix.lock"] }],
      uses: [...new Set([directory, ...members].flatMap((place) => usedIn(tree, place, "elixir")))],
      reason: `${within(directory, "mix.exs")}: Phoenix`,
      file: within(directory, "mix.exs"),
    }];
  },
};

function umbrellaMembers(tree: Tree, directory: string): readonly string[] {
  const path = /apps_path:\s*"([^"]+)"/.exec(mixOf(tree, directory))?.[1];
  return path === undefined ? [] : subdirectories(tree, within(directory, path)).map((name) => within(within(directory, path), name));
}

function mixOf(tree: Tree, directory: string): string {
  return tree.read(within(directory, "mix.exs")) ?? "";
}

/** What counts while developing is `config/dev.exs`; older generators write the port there as a number. */
function toldBy(configuration: string): Told {
  const env = { PORT: "{port}" };
  if (/System\.(?:get_env|fetch_env!)\("PORT"/.test(configuration)) return { env };
  const port = Number(/\bport:\s*(\d{4,5})/.exec(configuration)?.[1]);
  if (!(port > 0)) return { env };
  return { env, port, guess: `config/dev.exs names port ${port}: write port: String.to_integer(System.get_env("PORT") || "${port}") there` };
}

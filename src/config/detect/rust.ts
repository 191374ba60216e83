/** Services of Rust packages: programs that use a web framework. */
import type { Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { toldBySource } from "./listening.ts";
import { has, sourceTexts, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

const frameworks: readonly (readonly [title: string, dependency: RegExp])[] = [
  ["axum", /^axum\b/m], ["Actix Web", /^actix-web\b/m], ["Rocket", /^rocket\b/m], ["warp", /^warp\b/m],
  ["poem", /^poem\b/m], ["Salvo", /^salvo\b/m], ["tide", /^tide\b/m], ["tonic", /^tonic\b/m],
];

export const rustDetector: Detector = {
  id: "rust",
  files: ["Cargo.toml"],
  detect(tree, directory) {
    const manifest = tree.read(within(directory, "Cargo.toml")) ?? "";
    const framework = frameworks.find(([, dependency]) => dependency.test(manifest))?.[0];
    const program = programOf(tree, directory, manifest);
    if (framework === undefined || program === undefined) return [];
    const told = framework === "Rocket" ? { env: { ROCKET_PORT: "{port}" } } : toldBySource(sourceTexts(tree, within(directory, "src"), /\.rs$/));
    return [{
      role: "backend",
      dir: directory,
      command: program,
      ...told,
      listens: true,
      prepare: [{ name: "build", command: program.replace("cargo run", "cargo build"), inputs: ["Cargo.toml", "Cargo.lock"] }],
      uses: usedIn(tree, directory, "rust"),
      reason: `${within(directory, "Cargo.toml")}: a Rust program that uses ${framework}`,
      file: within(directory, "Cargo.toml"),
    }];
  },
};

/** Undefined for a library. With several programs the package's own is named. */
function programOf(tree: Tree, directory: string, manifest: string): string | undefined {
  const bins = [...manifest.matchAll(/^\[\[bin\]\]\s*(?:^(?!\[).*\n)*?^name\s*=\s*"([^"]+)"/gm)].map((match) => match[1] ?? "");
  const isProgram = has(tree, within(directory, "src"), "main.rs");
  const others = tree.list(within(directory, "src/bin"));
  const name = bins[0] ?? /^name\s*=\s*"([^"]+)"/m.exec(manifest)?.[1];
  if (!isProgram && bins.length === 0) return undefined;
  return (others.length > 0 || bins.length > 1) && name !== undefined && !/^default-run\b/m.test(manifest) ? `cargo run --bin ${name}` : "cargo run";
}

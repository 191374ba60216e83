/** Directories a workspace's own files name as its parts, for npm, pnpm, yarn, Lerna, Cargo, Go, Maven and Gradle. */
import { listOf, plainData } from "./data.ts";
import { subdirectories, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** In the order of the files; patterns such as `apps/*` are expanded. */
export function declaredParts(tree: Tree): readonly string[] {
  const manifest = plainData(tree.read("package.json"));
  const patterns = [
    ...texts(manifest.workspaces), ...texts(plainData(manifest.workspaces).packages), ...texts(plainData(tree.read("pnpm-workspace.yaml")).packages),
    ...texts(plainData(tree.read("lerna.json")).packages), ...texts(plainData(tree.read("deno.json")).workspace),
    ...quotedIn(/^members\s*=\s*\[([^\]]*)\]/m.exec(tree.read("Cargo.toml") ?? "")?.[1]),
    ...[...(tree.read("go.work") ?? "").matchAll(/^\s*(?:use\s+)?(\.\/\S+)/gm)].map((match) => match[1] ?? ""),
    ...[...(tree.read("pom.xml") ?? "").matchAll(/<module>\s*([^<\s]+)\s*<\/module>/g)].map((match) => match[1] ?? ""),
    ...["settings.gradle", "settings.gradle.kts"].flatMap((file) => [...(tree.read(file) ?? "").matchAll(/^\s*include[( ](.*)$/gm)].flatMap((match) => quotedIn(match[1]))).map((path) => path.replace(/^:/, "").replaceAll(":", "/")),
  ];
  return [...new Set(patterns.filter((pattern) => !pattern.startsWith("!")).flatMap((pattern) => expanded(tree, pattern)))];
}

function texts(value: unknown): readonly string[] {
  return listOf(value).filter((one): one is string => typeof one === "string");
}

function quotedIn(text: string | undefined): readonly string[] {
  return [...(text ?? "").matchAll(/["']([^"']+)["']/g)].map((match) => match[1] ?? "");
}

function expanded(tree: Tree, pattern: string): readonly string[] {
  let places: readonly string[] = ["."];
  for (const part of pattern.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") return [];
    places = places.flatMap((place) => inside(tree, place, part));
  }
  return places.filter((place) => place !== "." && tree.list(place).length > 0);
}

function inside(tree: Tree, place: string, part: string): readonly string[] {
  if (!part.includes("*")) return [within(place, part)];
  const children = subdirectories(tree, place);
  if (part === "**") return children.flatMap((name) => [within(place, name), ...subdirectories(tree, within(place, name)).map((inner) => within(within(place, name), inner))]);
  const [before = "", after = ""] = part.split("*");
  return children.filter((name) => name.startsWith(before) && name.endsWith(after)).map((name) => within(place, name));
}

/** How large what a build made is. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface BundleSize {
  /** Relative to the project's root. */
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** Of scripts, styles and pages, as a browser loads them. */
  readonly gzipBytes: number;
}

/** Where builds usually go, likeliest first. */
const usualPlaces = [".next/static", ".output/public", ".svelte-kit/output/client", "dist", "build", "out"] as const;
const mostFiles = 20_000;
const loaded = /\.(?:m?js|css|html|svg|json|wasm)$/;

/** The first of the usual places below each directory. */
export function bundleSizes(root: string, directories: readonly string[]): readonly BundleSize[] {
  return directories.flatMap((directory) => {
    const place = usualPlaces.map((name) => (directory === "." ? name : `${directory}/${name}`)).find((path) => isDirectory(join(root, path)));
    return place === undefined ? [] : [sizeOf(root, place)];
  });
}

/** Of one directory; all zero when it is not there. */
export function sizeOf(root: string, directory: string): BundleSize {
  let [files, bytes, gzipBytes] = [0, 0, 0];
  for (const path of filesBelow(join(root, directory))) {
    if (files >= mostFiles) break;
    const { size } = statSync(path);
    files += 1;
    bytes += size;
    if (loaded.test(path)) gzipBytes += gzipSync(readFileSync(path)).length;
  }
  return { directory, files, bytes, gzipBytes };
}

/** Links are not followed. */
function filesBelow(directory: string): readonly string[] {
  if (!isDirectory(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

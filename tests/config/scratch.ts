/** A temporary directory with files, removed when the test ends. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { UserError } from "../../src/model/failure.ts";
import type { Failure } from "../../src/model/failure.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import type { ConfigInput, Resolution } from "../../src/config/resolve.ts";
import type { Tree } from "../../src/config/detect/tree.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

export function directoryWith(files: Files): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "envctl-config-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export function resolveIn(root: string, more: Partial<ConfigInput> = {}): Resolution {
  return resolveConfig({ repository: root, environment: {}, systemConfig: join(root, "none/system.yaml"), userConfig: join(root, "none/user.yaml"), ...more });
}

/** The failures of a configuration that must not load. */
export function failuresIn(root: string, more: Partial<ConfigInput> = {}): readonly Failure[] {
  try {
    resolveIn(root, more);
  } catch (error) {
    if (error instanceof UserError) return error.failures;
    throw error;
  }
  throw new Error("the configuration loaded");
}

/** A failure on one line: `line:column message (hint)`. */
export function told({ place, message, hint }: Failure): string {
  return `${place?.line ?? "-"}:${place?.column ?? "-"} ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** A tree in memory. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  const paths = Object.keys(files);
  return {
    read: (path) => files[path],
    list: (directory) => {
      const prefix = directory === "." ? "" : `${directory}/`;
      const names = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).replace(/\/.*$/, "/"));
      return [...new Set(names)];
    },
  };
}

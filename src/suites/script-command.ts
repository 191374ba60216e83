/** How a file is run as a script: by what its name says, else by itself. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** What runs it, or why nothing can. */
export type ScriptCommand = readonly string[] | { readonly trouble: string };

/** By extension; what is not here has to be executable. */
const interpreters: Readonly<Record<string, (path: string) => ScriptCommand>> = {
  ".js": byNode, ".mjs": byNode, ".cjs": byNode,
  ".ts": byTypeScript, ".mts": byTypeScript, ".cts": byTypeScript,
  ".sh": (path) => (isExecutable(path) ? [path] : ["sh", path]),
  ".bash": (path) => ["bash", path],
  ".py": (path) => (isExecutable(path) ? [path] : ["python3", path]),
};

export function scriptCommand(path: string): ScriptCommand {
  const interpreted = interpreters[extname(path)]?.(path);
  if (interpreted !== undefined) return interpreted;
  return isExecutable(path) ? [path] : { trouble: `${path} is not executable; \`chmod +x ${path}\` makes it so` };
}

function byNode(path: string): ScriptCommand {
  return [process.execPath, path];
}

/** With the project's own tsx, else with a Node.js that reads TypeScript itself (22.18, 23.6 and later). */
function byTypeScript(path: string): ScriptCommand {
  for (let at = dirname(path); ; at = dirname(at)) {
    const tsx = join(at, "node_modules", ".bin", "tsx");
    if (existsSync(tsx)) return [tsx, path];
    if (dirname(at) === at) break;
  }
  if (Reflect.get(process.features, "typescript") !== undefined && Reflect.get(process.features, "typescript") !== false) return [process.execPath, path];
  return { trouble: `Node.js ${process.versions.node} cannot run TypeScript; \`npm install --save-dev tsx\` in the project, or use Node.js 22.18 or later` };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

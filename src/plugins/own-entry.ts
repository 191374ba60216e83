/**
 * Lets a plug-in `import "envctl/plugin"` also where the repository has no envctl of its own installed: the name leads to the
 * envctl that runs. An installed one is taken as it is.
 */
import { createRequire, register } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dirname, join, resolve } from "node:path";

/** Hooks run in a thread of their own and see nothing of this file. Source: nodejs.org/api/module.html, "Customization Hooks". */
const hooks = `
let own;
export async function initialize(data) { own = data.own; }
export async function resolve(specifier, context, next) {
  if (specifier !== "envctl/plugin") return next(specifier, context);
  try { return await next(specifier, context); } catch { return { url: own, shortCircuit: true }; }
}`;

/** Call it with the entry of each plug-in before that is loaded. Hooks are made once, and only where the name leads nowhere. */
export function ownEntryOffer(): (entry: string) => void {
  let isOffered = false;
  return (entry) => {
    if (isOffered || isInstalled(entry)) return;
    isOffered = true;
    register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { own: pathToFileURL(ownEntry()).href } });
  };
}

function isInstalled(entry: string): boolean {
  try {
    createRequire(entry).resolve("envctl/plugin");
    return true;
  } catch {
    return false;
  }
}

/** It lies beside the bundle; run from source, the built one is used. */
function ownEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith("src/plugins") ? resolve(here, "../../dist/plugin.js") : join(here, "plugin.js");
}

/**
 * Leads `import "envctl/plugin"` to the envctl that runs, whether the repository has one installed or not: what is there is code of the
 * repository that nobody was asked about, and may be of another version.
 */
import { realpathSync } from "node:fs";
import { createRequire, register } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dirname, join, resolve } from "node:path";

/** Hooks run in a thread of their own and see nothing of this file. Source: nodejs.org/api/module.html, "Customization Hooks". */
const hooks = `
let own;
export async function initialize(data) { own = data.own; }
export async function resolve(specifier, context, next) {
  return specifier === "envctl/plugin" ? { url: own, shortCircuit: true } : next(specifier, context);
}`;

/** Call it with the entry of each plug-in before that is loaded. Hooks are made once, and only where the name leads elsewhere. */
export function ownEntryOffer(): (entry: string) => void {
  let isOffered = false;
  return (entry) => {
    if (isOffered || leadsToOwn(entry)) return;
    isOffered = true;
    register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { own: pathToFileURL(ownEntry()).href } });
  };
}

function leadsToOwn(entry: string): boolean {
  try {
    return realpathSync(createRequire(entry).resolve("envctl/plugin")) === realpathSync(ownEntry());
  } catch {
    return false;
  }
}

/** It lies beside the bundle; run from source, the built one is used. */
function ownEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith("src/plugins") ? resolve(here, "../../dist/plugin.js") : join(here, "plugin.js");
}

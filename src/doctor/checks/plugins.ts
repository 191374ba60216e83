/** Plug-ins: those that cannot be used, and those that stand in for something of envctl's own. */
import { strayDirectories } from "../../host/extension-places.ts";
import type { PluginEntry } from "../../plugins/plugins.ts";
import { orPass, pass, type Check, type Remark } from "../check.ts";
import { counted } from "../words.ts";

export const pluginsCheck: Check = {
  id: "plugins",
  title: "Plug-ins",
  gates: [],
  run: async (world) => {
    const entries = await (await world.plugins()).load();
    const troubles = entries.flatMap(troubleOf);
    const ready = entries.filter(({ state }) => state === "ready");
    return troubles.length > 0 ? troubles : pass(ready.length === 0 ? "none" : `${counted(ready.length, "plug-in")}: ${ready.map(({ name }) => name).join(", ")}`);
  },
};

/** What the user's environment names, of plug-ins and of everything else that is found by its name. */
export const userDirectoriesCheck: Check = {
  id: "user-directories",
  title: "Directories of the user",
  gates: [],
  run: ({ host }) => orPass(strayDirectories(host.environment).map((stray) => ({ status: "warn", ...stray })), "each that ENVCTL_EXTERNAL_…_PATH names is there"),
};

/** One that is left out, or is second to another, is as somebody wants it. */
function troubleOf({ name, path, state, error = "" }: PluginEntry): readonly Remark[] {
  if (state === "untrusted") return [{ status: "warn", detail: `${name} (${path}) does not run: nobody has allowed it as it is now`, hint: "read it, then `envctl trust`" }];
  return state === "broken" ? [{ status: "warn", detail: `${name} (${path}) cannot be used: ${error}`, hint: "correct it, then `envctl plugins check`" }] : [];
}

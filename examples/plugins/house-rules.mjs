/** What this team agreed on, as checks of `envctl doctor`; and one command. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { definePlugin } from "envctl/plugin";

/** @param {string} projectRoot */
function wantedNode(projectRoot) {
  try {
    return readFileSync(join(projectRoot, ".nvmrc"), "utf8").trim().replace(/^v/, "");
  } catch {
    return undefined;
  }
}

export const plugin = definePlugin({
  version: "1.0.0",
  about: "What this team agreed on.",
  checks: [
    {
      id: "house-node",
      title: "Node of this team",
      run: ({ projectRoot }) => {
        const [wanted, here] = [wantedNode(projectRoot), process.versions.node];
        if (wanted === undefined) return [{ status: "pass", detail: "no .nvmrc" }];
        if (here === wanted || here.startsWith(`${wanted}.`)) return [{ status: "pass", detail: here }];
        return [{ status: "warn", detail: `Node ${here} runs, and .nvmrc says ${wanted}`, hint: "`nvm install`, then begin a new shell" }];
      },
    },
    {
      id: "house-ready",
      title: "Readiness of services",
      gates: ["ship"],
      run: async ({ config }) => {
        const silent = Object.values((await config()).services).filter(({ port, ready }) => port !== "none" && ready === undefined);
        if (silent.length === 0) return [{ status: "pass", detail: "every service with a port says when it is ready" }];
        return silent.map(({ name }) => ({ status: "fail", detail: `${name} listens, and nobody said when it is ready`, hint: `set services.${name}.ready in .envctl` }));
      },
    },
  ],
  commands: [
    {
      name: "branches",
      about: "Which branch is where.",
      run: async (_input, { projects }) => (await projects()).map(({ name, branch, root }) => ({ name, branch, root })),
    },
  ],
});

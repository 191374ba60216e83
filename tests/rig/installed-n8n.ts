/** The real n8n in the tests' cache: npm takes minutes to install it, so CI does that before the tests begin. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { n8n } from "../../src/requirements/n8n.ts";
import { fetchN8n, locateN8n } from "../../src/requirements/n8n-runtime.ts";
import { configOf, createBench } from "../requirements/bench.ts";
import { sharedCache } from "./stage.ts";

/** The longest that an installation may take. */
export const installMs = 20 * 60_000;

/** Installs it unless it is there; answers what was done. */
export async function installedN8n(): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), "envctl-n8n-"));
  try {
    const { host } = createBench(() => undefined, { ENVCTL_CACHE_DIR: sharedCache(), ENVCTL_STATE_DIR: state });
    const settings = n8n.settings(configOf("n8n"));
    if (!("version" in settings)) throw new Error(JSON.stringify(settings));
    const begun = performance.now();
    if ((await locateN8n(settings, host)) !== undefined) return `n8n ${settings.version}: was installed already`;
    await fetchN8n(settings, host, () => undefined, AbortSignal.timeout(installMs));
    return `n8n ${settings.version}: installed with npm in ${((performance.now() - begun) / 1000).toFixed(0)} s`;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** What tells this state directory from every other, on this machine or another: several may use one container engine. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const fileName = "installation";
const pattern = /^[0-9a-f]{8}$/;

/** Undefined where nothing was ever run in a container. */
export function knownInstallation(stateRoot: string): string | undefined {
  try {
    const text = readFileSync(join(stateRoot, fileName), "utf8").trim();
    return pattern.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Made on first use, and the same from then on; of several that make it at once the first one wins. */
export function installationOf(stateRoot: string): string {
  const known = knownInstallation(stateRoot);
  if (known !== undefined) return known;
  const fresh = randomBytes(4).toString("hex");
  try {
    writeFileSync(join(stateRoot, fileName), `${fresh}\n`, { flag: "wx", mode: 0o600 });
    return fresh;
  } catch (error) {
    const theirs = knownInstallation(stateRoot);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

/** The label `io.envctl.scope` of what belongs to a repository. */
export function engineScope(scopeId: string, installation: string): string {
  return `${scopeId}.${installation}`;
}

/** The repository of such a label, if it is this installation's. */
export function scopeOfLabel(label: string | undefined, installation: string): string | undefined {
  return label?.endsWith(`.${installation}`) === true ? label.slice(0, -installation.length - 1) : undefined;
}

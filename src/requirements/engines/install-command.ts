/** How a person installs a server with the package manager this machine has. */
import type { Host } from "../../host/host.ts";
import { findPrograms, pathDirectories } from "./embedded.ts";

/** Name of the package per manager. */
export type PackageNames = Readonly<Record<PackageManager, string>>;
type PackageManager = (typeof managers)[number]["program"];

const managers = [
  { program: "brew", install: "brew install", needsRoot: false },
  { program: "apt-get", install: "apt-get install", needsRoot: true },
  { program: "dnf", install: "dnf install", needsRoot: true },
  { program: "apk", install: "apk add", needsRoot: true },
  { program: "pacman", install: "pacman -S", needsRoot: true },
] as const;

/** `sudo apt-get install redis-server`; undefined when no known package manager is on the PATH. */
export function installCommand(packages: PackageNames, host: Host): string | undefined {
  const directories = pathDirectories(host.environment);
  const manager = managers.find(({ program }) => findPrograms([program], directories).length > 0);
  if (manager === undefined) return undefined;
  const sudo = manager.needsRoot && !host.machine.isRoot ? "sudo " : "";
  return `${sudo}${manager.install} ${packages[manager.program]}`;
}

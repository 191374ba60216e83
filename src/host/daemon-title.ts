/** How a daemon shows in a list of processes: `envctl-shop-1a2b3c:daemon:running`. */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { daemonName } from "./process-row.ts";

const longestName = 20;
const shortDigits = 6;

/** The words of the command line. */
export function daemonTitle(repository: string, scopeId: string, state: "starting" | "running"): string {
  return `envctl-${basename(repository).replaceAll(/[^\w.-]/g, "-").slice(0, longestName)}-${scopeId.slice("repo-".length, "repo-".length + shortDigits)}:daemon:${state}`;
}

/** Linux keeps a short name beside these words, by which daemons are known; setting a title sets both. */
export function entitleDaemon(title: string, platform: NodeJS.Platform): void {
  process.title = platform === "linux" ? title : daemonName;
  if (platform === "linux") writeFileSync("/proc/self/comm", daemonName);
}

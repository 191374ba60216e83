/** Flags that more than one command takes. */
import type { FlagSpec } from "./command.ts";

/** Understood by every command. */
export const globalFlags: readonly FlagSpec[] = [
  { name: "repo", value: "PATH", about: "Work on the repository at PATH instead of the current directory's." },
  { name: "json", about: "Print the answer as JSON; errors too." },
  { name: "headless", about: "Never ask, never draw.", aliases: ["no-interactive", "non-interactive", "batch"] },
  { name: "interactive", about: "Ask where something is missing, even when this does not look like a terminal." },
  { name: "no-color", about: "Plain text. The NO_COLOR variable does the same.", aliases: ["logs-no-color"] },
  { name: "debug", about: "Keep a recording of what is said to the daemon; ENVCTL_DEBUG=1 does the same." },
  { name: "help", short: "h", about: "Explain a command." },
  { name: "version", short: "V", about: "Print the version." },
];

export const projectFlag: FlagSpec = { name: "project", value: "NAME", many: true, aliases: ["projects"], about: "Only these projects (Main, a worktree's name, or a pattern such as `login-*`); repeat it or separate them by commas." };
export const serviceFlag: FlagSpec = { name: "service", value: "NAME", many: true, aliases: ["services", "unit"], about: "Only these units: `backend`, or `Main/backend` for one project's." };
export const dryRunFlag: FlagSpec = { name: "dry-run", about: "Show the plan and do nothing." };

export const modeFlags: readonly FlagSpec[] = [
  { name: "main", about: "The main checkout." },
  { name: "trees", about: "Every git worktree.", aliases: ["tree"] },
];

export const pickFlag: FlagSpec = { name: "pick", about: "Choose projects and units from lists; what was chosen last is marked." };

/** Which units are meant. */
export const targetFlags: readonly FlagSpec[] = [projectFlag, serviceFlag, pickFlag];

/** Layers on top of the configuration files. */
export const layerFlags: readonly FlagSpec[] = [
  { name: "profile", value: "NAME", about: "Layer `.envctl.NAME` in." },
  { name: "set", value: "KEY=VALUE", many: true, keepsCommas: true, about: "Set a configuration key, strongest layer; may be repeated." },
  { name: "on", value: "ENGINE", about: "Run containers that name no engine on this one of `engines`." },
];

/** How requirements are chosen and started. */
export const requirementFlags: readonly FlagSpec[] = [
  { name: "provider", value: "CAPABILITY=NAME", many: true, keepsCommas: true, about: "Which requirement meets a capability, as under `providers:`." },
  { name: "docker", about: "Run requirements whose engine is auto in containers, where they can, as `docker: true` does." },
  { name: "strict", about: "Fail where a requirement would be tried again, or started in part, as `strict: true` does." },
];

/** Pairs that exclude each other. */
export const exclusiveFlags: readonly (readonly [string, string])[] = [
  ["main", "trees"],
  ["headless", "interactive"],
];

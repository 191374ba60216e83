/** The table of checks. One more is one row here. */
import type { Check } from "./check.ts";
import { committedSecretsCheck, configurationCheck } from "./checks/configuration.ts";
import { containersCheck } from "./checks/containers.ts";
import { daemonCheck } from "./checks/daemon.ts";
import { graphsCheck } from "./checks/graphs.ts";
import { dataCheck, legacyCheck, orphansCheck, runtimesCheck } from "./checks/leftovers.ts";
import { clockCheck, loopbackCheck, nodeCheck } from "./checks/machine.ts";
import { pluginsCheck, userDirectoriesCheck } from "./checks/plugins.ts";
import { portsCheck } from "./checks/ports.ts";
import { gitCheck, managersCheck, versionsCheck } from "./checks/programs.ts";
import { locksCheck, permissionsCheck, stateCheck } from "./checks/state.ts";
import { worktreesCheck } from "./checks/worktrees.ts";
import { gateChecks } from "./gate.ts";

export const checks: readonly Check[] = [
  nodeCheck, gitCheck, configurationCheck, pluginsCheck, userDirectoriesCheck, ...gateChecks, managersCheck, versionsCheck, portsCheck, containersCheck, runtimesCheck,
  daemonCheck, stateCheck, permissionsCheck, locksCheck, orphansCheck, legacyCheck, dataCheck, worktreesCheck, graphsCheck, committedSecretsCheck, clockCheck, loopbackCheck,
];

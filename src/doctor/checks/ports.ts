/** Ports that are asked for and held by somebody else. */
import type { PortHolder } from "../../model/facts.ts";
import { orPass, type Check, type Remark } from "../check.ts";
import { counted } from "../words.ts";

export const portsCheck: Check = {
  id: "ports",
  title: "Ports",
  gates: [],
  run: async ({ plan }) => {
    const found = await plan();
    if (found === undefined) return [{ status: "warn", detail: "not looked at: there cannot be a plan yet", hint: "`envctl preflight` says why" }];
    const count = found.nodes.reduce((sum, { spec }) => sum + spec.ports.length, 0);
    return orPass(found.portMoves.map(({ unitId, requested, port, holder }): Remark => ({
      status: "warn",
      reason: "port_unavailable",
      detail: `port ${requested} of ${unitId} is held by ${holderText(holder)}; ${port} is used instead`,
      hint: `${remedy(holder)}; or leave it, and use ${port}`,
    })), `${counted(count, "port is", "ports are")} as asked for`);
  },
};

/** Who: pid, command, directory, container, unit of another repository. */
function holderText({ pid, command, directory, container, owner, reservation, address }: PortHolder): string {
  if (container !== undefined) return `the container ${container}`;
  if (reservation !== undefined) return `a reservation of ${reservation}`;
  if (pid === undefined) return `somebody on ${address} this user may not see`;
  return `pid ${pid}${command === undefined ? "" : ` (\`${command.slice(0, 120)}\`)`}${directory === undefined ? "" : ` in ${directory}`}${owner === undefined ? "" : `, which is ${owner} of envctl`}`;
}

function remedy({ pid, container, reservation }: PortHolder): string {
  if (container !== undefined) return `stop it: \`docker stop ${container}\``;
  if (reservation !== undefined) return "stop that unit in its repository";
  return pid === undefined ? "find out who it is: `sudo lsof -iTCP -sTCP:LISTEN`" : `end it: \`kill ${pid}\``;
}

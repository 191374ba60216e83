/** Configurations with tiny services, and the same work done by a bare shell. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

export const firstPort = 21_000;

/** An `.envctl` with `count` services on neighbouring ports, each with `more` keys. JSON is YAML. */
export function tinyServices(stage, count, port = firstPort, more = {}) {
  const services = Object.fromEntries(portsOf(count, port).map((one, index) => [`s${String(index + 1).padStart(2, "0")}`, { command: [...stage.server, "{port}"], port: one, ...more }]));
  return `${JSON.stringify({ version: 1, services }, undefined, 1)}\n`;
}

export function portsOf(count, port = firstPort) {
  return Array.from({ length: count }, (_, index) => port + index);
}

/** Milliseconds a `sh` loop needs to start the services and see all their ports accept. They are gone when it returns. */
export async function shellLoop(stage, ports) {
  const quoted = stage.server.map((word) => `'${word}'`).join(" ");
  // The shell ends and reaps them itself: where process 1 does not, a killed shell would leave its children as zombies.
  const script = `for port in ${ports.join(" ")}; do ${quoted} $port & pids="$pids $!"; done; ${quoted} --wait ${ports.join(" ")}; echo ready; read -r _; kill $pids; wait`;
  const since = performance.now();
  const shell = spawn("/bin/sh", ["-c", script], { env: stage.env, stdio: ["pipe", "pipe", "inherit"] });
  await once(shell.stdout, "data");
  const ms = performance.now() - since;
  shell.stdin.end("\n");
  await once(shell, "close");
  await allClosed(ports);
  return ms;
}

/** Ports that still accept connections. */
export async function openPorts(ports) {
  const open = await Promise.all(ports.map(accepts));
  return ports.filter((_, index) => open[index]);
}

async function allClosed(ports) {
  while ((await openPorts(ports)).length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });
}

/** 100,000 malformed and hostile messages to a real daemon with a service that runs: nothing happens, it stays up and does not grow. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../dist/sdk.js";
import { loadSource } from "../../scripts/load-source.mjs";

const count = 100_000;

export const hostileRow = {
  name: "hostile",
  about: "100,000 hostile messages to a daemon",
  async run(stage) {
    const { barrage } = await loadSource("tests/rig/barrage.ts");
    const root = stage.repository("hostile", "version: 1\n");
    const proof = join(stage.directory, "executed");
    const folder = join(root, ".envctl.d/services/svc_echo");
    mkdirSync(folder, { recursive: true });
    const touched = `(await import("node:fs")).writeFileSync(${JSON.stringify(proof)}, "")`;
    writeFileSync(join(folder, "index.mjs"), `export class Echo { static methods = ["echo"]; echo(value) { return value; } async secret() { ${touched}; } async load() { ${touched}; } }`);
    stage.envctl(root, "trust");
    const envctl = await connect({ cwd: root, env: stage.env });
    const echo = await envctl.get("echo");
    const { pid, socket } = JSON.parse(stage.envctl(root, "daemon", "status", "--json").stdout);
    await barrage(socket, 5000, 1);
    const before = residentMiB(pid);
    const since = performance.now();
    await barrage(socket, count, 2);
    const ms = performance.now() - since;
    const grown = residentMiB(pid) - before;
    if ((await echo.echo("still here")) !== "still here") throw new Error("the service does not answer any more");
    if (existsSync(proof)) throw new Error("something was executed");
    envctl.close();
    return [
      { what: "100,000 hostile messages", ours: ms, unit: "ms", goal: { most: 60_000 } },
      { what: "memory the daemon grew by", ours: grown, unit: "MiB", goal: { most: 64 } },
    ];
  },
};

function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;
}

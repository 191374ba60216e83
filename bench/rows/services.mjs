/** Calls of services over one connection, and what it takes to join and to reserve. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../dist/sdk.js";

const calls = 2000;
const largeCalls = 100;
const module = 'export class Echo { static methods = ["echo"]; echo(value) { return value; } }';

export const servicesRow = {
  name: "services",
  about: "calls of a service, joining and reserving",
  async run(stage) {
    const root = stage.repository("services", "version: 1\n");
    const folder = join(root, ".envctl.d/services/svc_echo");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.mjs"), module);
    stage.envctl(root, "trust");
    const envctl = await connect({ cwd: root, env: stage.env });
    const echo = await envctl.get("echo");
    const large = "x".repeat(100_000);
    const times = async (count, value) => {
      const taken = [];
      for (let index = 0; index < count; index += 1) {
        const since = performance.now();
        await echo.echo(value);
        taken.push(performance.now() - since);
      }
      return taken.sort((one, other) => one - other);
    };
    // The first calls are those of a compiler that warms up.
    await times(200, "warm");
    const small = await times(calls, "hi");
    const big = await times(largeCalls, large);
    envctl.close();
    const joins = [];
    for (let index = 0; index < stage.runs; index += 1) {
      const since = performance.now();
      const fresh = await connect({ cwd: root, env: stage.env });
      await fresh.join({ name: `agent-${index}` });
      await fresh.reserve("echo");
      joins.push(performance.now() - since);
      fresh.close();
    }
    return [
      { what: "an echo, median", ours: small[calls / 2], unit: "ms", goal: { most: 1 } },
      { what: "an echo, 95th percentile", ours: small[Math.ceil(calls * 0.95) - 1], unit: "ms", goal: { most: 1 } },
      { what: "an echo of 100 kB, median", ours: big[largeCalls / 2], unit: "ms", goal: { most: 5 } },
      { what: "connect, join and reserve, slowest", ours: Math.max(...joins), unit: "ms", goal: { most: 300 } },
    ];
  },
};

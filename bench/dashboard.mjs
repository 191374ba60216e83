/**
 * What the dashboard costs, in a real terminal: `node bench/dashboard.mjs`. Time to the first frame over 30 units, processor time,
 * memory and bytes written while nothing happens and while ten services write. Not part of any gate: it takes as long as it is told.
 */
import { parseArgs } from "node:util";
import { loadSource } from "../scripts/load-source.mjs";
import { makeStage, median, program } from "./bench-stage.mjs";
import { processorMs, residentMegabytes } from "./daemon-figures.mjs";
import { tinyServices } from "./services.mjs";
import { fileURLToPath } from "node:url";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    "quiet-seconds": { type: "string", default: "20" },
    "busy-seconds": { type: "string", default: "20" },
    services: { type: "string", default: "10" },
    "lines-per-second": { type: "string", default: "5000" },
    "shown-units": { type: "string", default: "30" },
  },
});
const { openScreen } = await loadSource("tests/rig/terminal-screen.ts");
const stage = makeStage({});
const [columns, rows] = [160, 50];

try {
  await measureFirstFrameAndQuiet();
  await measureBusy();
} finally {
  stage.remove();
}

async function measureFirstFrameAndQuiet() {
  const root = stage.repository("quiet", tinyServices(stage, Number(values["shown-units"]), 21_400));
  stage.envctl(root, "start", "--headless", "--json");
  const times = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    const begun = performance.now();
    const terminal = open(root);
    await terminal.shows(/s01 +● running/);
    times.push(performance.now() - begun);
    terminal.press("q");
    await terminal.ended;
  }
  console.log(`first frame, ${values["shown-units"]} units, daemon warm: median ${median(times).toFixed(0)} ms, least ${Math.min(...times).toFixed(0)} ms`);
  const terminal = open(root);
  await terminal.shows(/s01 +● running[\s\S]*q quit/);
  await settled();
  await watched("quiet", terminal, Number(values["quiet-seconds"]));
  terminal.press("q");
  await terminal.ended;
  stage.envctl(root, "stop-all");
}

async function measureBusy() {
  const flood = fileURLToPath(new URL("flooding-server.mjs", import.meta.url));
  const services = Object.fromEntries(Array.from({ length: Number(values.services) }, (_, index) => [`f${index + 1}`, { command: ["node", flood, "{port}", values["lines-per-second"]], port: 21_500 + index }]));
  const root = stage.repository("busy", `${JSON.stringify({ version: 1, services, logs: { max_size: "20M", keep: 2 } })}\n`);
  stage.envctl(root, "start", "--headless", "--json");
  const terminal = open(root);
  await terminal.shows(/f1 +● running[\s\S]*q quit/);
  terminal.press("L");
  await terminal.shows(/Logs everything following[\s\S]*request/);
  await settled();
  await watched(`${values.services} services, ${values["lines-per-second"]} lines/s each`, terminal, Number(values["busy-seconds"]));
  terminal.press("q");
  await terminal.ended;
  stage.envctl(root, "stop-all");
}

function open(root) {
  return openScreen([process.execPath, program, "dashboard"], { columns, rows, directory: root, environment: stage.env });
}

function settled() {
  return new Promise((resolve) => setTimeout(resolve, 4000));
}

async function watched(what, terminal, seconds) {
  const [spent, written, begun] = [processorMs(terminal.pid), terminal.written().length, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const lasted = performance.now() - begun;
  const share = (100 * (processorMs(terminal.pid) - spent)) / lasted;
  const bytes = ((terminal.written().length - written) * 1000) / lasted;
  console.log(`${what}: ${share.toFixed(2)} % of a core, ${residentMegabytes(terminal.pid).toFixed(0)} MB, ${bytes.toFixed(0)} bytes/s written`);
}

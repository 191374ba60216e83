/**
 * A long time with the dashboard, in a real terminal: `node bench/dashboard-soak.mjs [--minutes N] [--units N] [--writers N] [--lines-per-second N] [--first-port N]`.
 * Sixty units, ten of which write 5,000 lines a second together; processor time, memory and bytes written each half minute, their medians and
 * maxima, and whether keys are still answered at the end. Ends with 1 when it grew too large or did not answer. Not part of any gate.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "../scripts/load-source.mjs";
import { makeStage, median, program } from "./bench-stage.mjs";
import { processorMs, residentMegabytes } from "./daemon-figures.mjs";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, units: { type: "string", default: "60" }, writers: { type: "string" }, "lines-per-second": { type: "string", default: "5000" }, "first-port": { type: "string", default: "21600" } } });
const [units, linesPerSecond, firstPort] = [values.units, values["lines-per-second"], values["first-port"]].map(Number);
const writers = Number(values.writers ?? Math.min(units, 10));
const [sampleMs, leastSampleMs, mostMegabytes] = [30_000, 5000, 120];
const { openScreen } = await loadSource("tests/rig/terminal-screen.ts");
const stage = makeStage({});

try {
  const root = stage.repository("soak", `${JSON.stringify({ version: 1, services: { ...writing(), ...quiet() }, logs: { max_size: "20M", keep: 2 } })}\n`);
  stage.envctl(root, "start", "--headless", "--json");
  const terminal = openScreen([process.execPath, program, "dashboard"], { columns: 160, rows: 50, directory: root, environment: stage.env });
  await terminal.shows(/w1 +● running[\s\S]*q quit/);
  terminal.press("L");
  await terminal.shows(/Logs everything following[\s\S]*request/);
  await soaked(terminal);
} finally {
  stage.envctl(join(stage.directory, "soak"), "stop-all");
  stage.remove();
}

function writing() {
  const flood = fileURLToPath(new URL("flooding-server.mjs", import.meta.url));
  return Object.fromEntries(Array.from({ length: writers }, (_, index) => [`w${index + 1}`, { command: ["node", flood, "{port}", String(linesPerSecond / writers)], port: firstPort + index }]));
}

function quiet() {
  const command = [...stage.server, "{port}"];
  return Object.fromEntries(Array.from({ length: units - writers }, (_, index) => [`q${index + 1}`, { command, port: firstPort + writers + index }]));
}

async function soaked(terminal) {
  const samples = [];
  const end = performance.now() + Number(values.minutes) * 60_000;
  while (end - performance.now() > leastSampleMs || samples.length === 0) {
    const sample = await sampled(terminal, Math.min(sampleMs, Math.max(leastSampleMs, end - performance.now())));
    samples.push(sample);
    console.log(sampleText(sample));
  }
  const of = (choose) => Object.fromEntries(Object.keys(samples[0]).map((name) => [name, choose(samples.map((sample) => sample[name]))]));
  const most = of((all) => Math.max(...all));
  console.log(`median:  ${sampleText(of(median))}\nmaximum: ${sampleText(most)}`);
  const asked = performance.now();
  terminal.press("?");
  await terminal.shows(/╭─ Keys/);
  console.log(`a key is answered in ${(performance.now() - asked).toFixed(0)} ms; the goal is ${mostMegabytes} MB at most`);
  // Apart, since Escape and a letter in one piece are Alt and the letter.
  terminal.press("\u001b");
  await terminal.shows(/^[^╭]*$/);
  terminal.press("q");
  await terminal.ended;
  if (most.megabytes > mostMegabytes) process.exitCode = 1;
}

async function sampled(terminal, forMs) {
  const [spent, written, begun] = [processorMs(terminal.pid), terminal.written().length, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, forMs));
  const lasted = performance.now() - begun;
  return { percent: (100 * (processorMs(terminal.pid) - spent)) / lasted, megabytes: residentMegabytes(terminal.pid), bytesPerSecond: ((terminal.written().length - written) * 1000) / lasted };
}

function sampleText({ percent, megabytes, bytesPerSecond }) {
  return `${percent.toFixed(1)} % of a core, ${megabytes.toFixed(0)} MB, ${bytesPerSecond.toFixed(0)} bytes/s written`;
}

/** Whose error it is when several share one loop. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundled } from "../host/bundle.ts";
import { startProgram } from "../rig/program.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const daemon = `
import { asyncExecutor } from "./src/engine/executors/async.ts";
import { createResidents } from "./src/engine/executors/residents.ts";
import { createAttribution } from "./src/host/attribution.ts";
const [, , module, logPath] = process.argv;
const engine = { attribution: createAttribution(), residents: createResidents({}), me: { pid: process.pid }, supervisor: { follow: (tracked) => tracked } };
const executor = asyncExecutor(engine, { over: () => undefined });
const tracked = await executor.start({ spec: { id: "Main/mail", name: "mail", module, directory: "/", ports: [] }, environment: {}, logPath });
console.log(await tracked.ended);
if (process.argv[4] === "foreign") setImmediate(() => { throw new Error("of nobody"); });
else console.log("lives on");
`;

async function errorsOf(...words: readonly string[]) {
  const directory = temporaryDirectory(onTestFinished, "async");
  const module = join(directory, "mail.mjs");
  writeFileSync(module, 'export const safe = true;\nexport async function run() { setImmediate(() => { throw new Error("of the unit"); }); await new Promise(() => undefined); }');
  const program = await bundled(daemon, directory, "daemon");
  const outcome = await startProgram([process.execPath, program, module, join(directory, "log"), ...words], { cwd: directory, env: cleanEnvironment(process.env) }).ended;
  return { ...outcome, log: readFileSync(join(directory, "log"), "utf8") };
}

test("what a unit throws is in its log, and the daemon goes on", async () => {
  const { code, stdout, stderr, log } = await errorsOf();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("lives on");
  expect(log).toContain("Error: of the unit\n    at ");
});

test("what nobody's code throws ends the daemon with its stack, as if there were no units", async () => {
  const { code, stderr, log } = await errorsOf("foreign");
  expect(code).toBe(1);
  expect(stderr).toContain("Error: of nobody\n    at ");
  expect(log).not.toContain("of nobody");
});

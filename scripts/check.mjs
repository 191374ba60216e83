/** `npm run check`: types, lint, unused code, package, generated files. All at once; fails when one of them does. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const checks = [
  ["types", "tsc", "-p", "."],
  ["lint", "oxlint", "--deny-warnings"],
  ["unused code", "knip"],
  ["package", "publint", "--strict"],
  ["generated files", "npm", "run", "--silent", "generate", "--", "--check"],
];

// publint reads the built files.
if (!existsSync(new URL("../dist/main.cjs", import.meta.url))) await run(["build", process.execPath, "scripts/build.mjs"]);
const results = await Promise.all(checks.map(run));
for (const { name, code, output, seconds } of results) {
  console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.trimEnd().replace(/^/gm, "        "));
}
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;

function run([name, command, ...args]) {
  const since = performance.now();
  return new Promise((resolve) => {
    let output = "";
    const path = `${root}/node_modules/.bin:${process.env.PATH}`;
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PATH: path, NO_COLOR: "1" } });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    const end = (code) => resolve({ name, code, output, seconds: ((performance.now() - since) / 1000).toFixed(1) });
    child.on("error", (error) => ((output += error.message), end(1)));
    child.on("close", end);
  });
}

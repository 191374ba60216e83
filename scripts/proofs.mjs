/**
 * `node scripts/proofs.mjs REPORT [--check]`: holds what is promised (`tests/promises`) against the test runner's JSON report, and writes
 * contracts/feature_matrix.json, contracts/gap_report.json and docs/requirements.md. With --check it writes nothing and ends with 1 where a
 * promised test is missing or failed, or a file does not say what was found. Skipped tests are told: elsewhere they may run.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "./load-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [report, mode] = process.argv.slice(2);
const { decisionPages, provenFiles, troubles } = await loadSource("tests/promises/proofs.ts");
const results = JSON.parse(readFileSync(report, "utf8")).testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ ancestorTitles, title, status }) => ({ file: relative(`${root}tests`, name), name: [...ancestorTitles, title].join(" > "), status })),
);
const words = troubles(results);
for (const page of decisionPages) if (!existsSync(root + page)) words.push(`${page} is named by a row, and is not there`);
const stale = Object.entries(provenFiles(results)).filter(([path, content]) => !existsSync(root + path) || readFileSync(root + path, "utf8") !== content);
if (mode === "--check") for (const [path] of stale) words.push(`${path} does not say what these tests showed: run the tests with --reporter=json, then \`node scripts/proofs.mjs REPORT\``);
else for (const [path, content] of stale) writeFileSync(root + path, content);
for (const line of words) console.log(line);
process.exitCode = mode === "--check" && words.length > 0 ? 1 : 0;

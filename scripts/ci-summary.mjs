/** Prints the end of a CI run from the test runner's own JSON report: what passed only at the second try, then the counts. `node scripts/ci-summary.mjs REPORT` */
import { readFileSync } from "node:fs";

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of readReport(process.argv[2])) {
  // A file that could not even be loaded has no tests; it counts as one that failed.
  if (file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed")) counts.failed += 1;
  for (const { status, fullName, failureMessages = [] } of file.assertionResults) {
    counts[status === "passed" || status === "failed" ? status : "skipped"] += 1;
    if (status === "passed" && failureMessages.length > 0) console.log(`passed only at the second try: ${fullName}\n  ${failureMessages[0].split("\n")[0]}`);
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).testResults;
  } catch (error) {
    console.log(`no test report: ${error.message}`);
    return [];
  }
}

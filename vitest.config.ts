import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { testRoot } from "./tests/rig/test-root.ts";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { readonly version: string };

/** Tests of whole programs and real servers: few at a time, since they share the machine's processor, ports and packages. */
const endToEnd = ["tests/e2e/**/*.test.ts", "tests/engine/**/*.test.ts", "tests/requirements/**/*.test.ts", "tests/worktrees/**/*.test.ts", "tests/chaos/**/*.test.ts", "tests/docker/**/*.test.ts", "tests/packaging.test.ts"];

export default defineConfig({
  define: { ENVCTL_VERSION: JSON.stringify(version) },
  test: {
    // Torn down in reverse order.
    globalSetup: ["tests/rig/leftovers.ts", "tests/rig/docker-engine-end.ts"],
    // Every temporary directory of a test is made below one that is looked at in the end.
    env: { TMPDIR: testRoot, ENVCTL_TEST_ROOT: testRoot, ENVCTL_TEST_RUNNER: String(process.pid) },
    projects: [
      {
        extends: true,
        // One module graph for all files of a worker: nothing here has state of modules, and reading it anew for each file takes as long as the tests.
        test: { name: "unit", include: ["tests/**/*.test.ts"], exclude: endToEnd, isolate: false, maxWorkers: Math.max(2, availableParallelism() - 1), testTimeout: 30_000, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: "e2e", include: endToEnd, testTimeout: 90_000, hookTimeout: 60_000, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

/** `npm run demo:stop`: stops what the demo started and removes its repository and its state. */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, rmSync } from "node:fs";
import { demoDirectory, isOurs, program, repository } from "./demo-place.mjs";
import { loadSource } from "./load-source.mjs";

if (!isOurs()) {
  console.log("There is no demo to stop.");
} else {
  if (existsSync(repository)) await stopAndForget();
  rmSync(demoDirectory, { recursive: true, force: true });
  console.log(`Removed ${demoDirectory}`);
}

async function stopAndForget() {
  const { pathsOf, scopeIdOf, scopePaths } = await loadSource("src/host/paths.ts");
  const { stateRoot } = pathsOf(process.env, process.getuid() === 0);
  const scope = scopePaths(stateRoot, scopeIdOf(realpathSync(repository)));
  if (existsSync(scope.root)) {
    for (const args of [["stop-all"], ["daemon", "stop"]]) envctl(args);
    rmSync(scope.root, { recursive: true, force: true });
  }
}

function envctl(args) {
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error(`envctl ${args.join(" ")} ended with ${status}; nothing was removed, so that it can be tried again`);
}

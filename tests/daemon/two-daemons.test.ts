import { once } from "node:events";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connectDaemon } from "../../src/daemon/client.ts";
import { ensureDaemon } from "../../src/daemon/ensure.ts";
import { socketPathOf } from "../../src/daemon/socket-path.ts";
import { scopeIdOf, scopePaths } from "../../src/host/paths.ts";
import { bundled } from "../host/bundle.ts";
import { eventually } from "../rig/wait.ts";
import { processesOf, stageMark } from "../rig/processes.ts";
import { temporaryRepository } from "../rig/repository.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const programs = temporaryDirectory(afterAll, "daemon-program");
let program: string;

beforeAll(async () => {
  program = await bundled('await import("./src/daemon/main.ts");', programs, "daemon");
});

interface House {
  readonly repository: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly socketPath: string;
  readonly scopeRoot: string;
  readonly start: () => ChildProcess & { readonly said: Promise<unknown>; readonly ended: Promise<unknown> };
}

function house(idleSeconds = "60"): House {
  const directory = temporaryDirectory(onTestFinished, "house");
  const repository = temporaryRepository(onTestFinished, { parent: directory }).root;
  const environment = { ...cleanEnvironment(process.env), HOME: directory, ENVCTL_STATE_DIR: join(directory, "state"), ENVCTL_DAEMON_IDLE_SECONDS: idleSeconds, [stageMark]: directory };
  const scopeRoot = scopePaths(join(directory, "state"), scopeIdOf(repository)).root;
  onTestFinished(async () => {
    for (const { pid } of processesOf(directory)) process.kill(pid, "SIGKILL");
    await eventually(() => processesOf(directory).length === 0, "the daemon's end");
  });
  const start = (): ReturnType<House["start"]> => {
    const child = spawn(process.execPath, [program, "--repository", repository], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    return Object.assign(child, { said: once(child.stdout, "data").then(([text]) => String(text)), ended: once(child, "exit") });
  };
  return { repository, environment, socketPath: socketPathOf(scopeRoot, environment), scopeRoot, start };
}

test("of two daemons for one repository one lives, and the next begins when it is killed", async () => {
  const { start, socketPath, scopeRoot } = house();
  const [one, other] = [start(), start()];
  const first = await Promise.race([one.said.then(() => one), other.said.then(() => other)]);
  const second = first === one ? other : one;
  expect(await second.ended).toEqual([0, null]);
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  const connection = await connectDaemon(socketPath, "0.0.0");
  expect(connection?.hello.pid).toBe(first.pid);
  connection?.close();
  first.kill("SIGKILL");
  await first.ended;
  const third = start();
  expect(await third.said).toBe("ready\n");
  third.kill("SIGTERM");
  expect(await third.ended).toEqual([0, null]);
  expect(existsSync(socketPath)).toBe(false);
  expect(readFileSync(join(scopeRoot, "daemon.log"), "utf8")).toContain("daemon leaves: SIGTERM");
});

test("callers that need one at once all get the same, and another once that was ended", async () => {
  const { repository, environment, socketPath } = house();
  const place = { repository, environment, socketPath, program, version: "0.0.0" };
  const connections = await Promise.all([1, 2, 3].map(() => ensureDaemon(place)));
  expect(new Set(connections.map((one) => one.hello.pid)).size).toBe(1);
  const [first, ...others] = connections;
  for (const connection of others) connection.close();
  await first?.shutdown("replaced");
  const again = await ensureDaemon(place);
  expect(again.hello.pid).not.toBe(first?.hello.pid);
  again.close();
});

test("a daemon nobody needs leaves by itself", async () => {
  const { start } = house("0.2");
  expect(await start().ended).toEqual([0, null]);
});

import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectDaemon } from "../../src/daemon/client.ts";
import { maximumLineBytes, protocolVersion, type Hello } from "../../src/daemon/protocol.ts";
import { openDaemon } from "../../src/open-daemon.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import { scopeIdOf } from "../../src/host/paths.ts";
import { startProgram } from "../rig/program.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const someone = 65534;

/** A private directory, and a path for a socket in it. */
function place(): { readonly directory: string; readonly socketPath: string } {
  const directory = temporaryDirectory(onTestFinished, "own");
  return { directory, socketPath: join(directory, "daemon.sock") };
}

/** Listens, and lets go of everybody who comes. */
async function listening(path: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

test("a socket in a directory that others may write to is asked nothing", async () => {
  const { directory, socketPath } = place();
  await listening(socketPath);
  expect(await connectDaemon(socketPath, "1.0.0")).toBeUndefined();
  chmodSync(directory, 0o770);
  await expect(connectDaemon(socketPath, "1.0.0")).rejects.toThrow(`other users may write to ${directory}: its mode is 770`);
});

describe.runIf(process.getuid?.() === 0)("with another user on the machine", () => {
  test("a daemon's socket that the other one has made is asked nothing", async () => {
    const { directory, socketPath } = place();
    chmodSync(directory, 0o777);
    const listener = `require("node:net").createServer((socket) => socket.on("data", () => process.stdout.write("asked\\n"))).listen(process.argv[1], () => process.stdout.write("listening\\n"))`;
    const other = startProgram([process.execPath, "-e", `process.setuid(${someone}); ${listener}`, socketPath], { cwd: directory, env: {} });
    await other.seen(/listening/);
    chmodSync(directory, 0o700);
    await expect(connectDaemon(socketPath, "1.0.0")).rejects.toThrow(`the socket ${socketPath} belongs to user ${someone}, and this is user 0`);
    other.signal("SIGTERM");
    expect((await other.ended).stdout).toBe("listening\n");
  });

  test("a daemon does not live in a directory of the other one", async () => {
    const { directory } = place();
    const root = join(directory, "state", scopeIdOf(directory));
    mkdirSync(root, { recursive: true, mode: 0o700 });
    chownSync(root, someone, someone);
    const host = createSystemHost({ ENVCTL_STATE_DIR: join(directory, "state") });
    await expect(openDaemon(directory, host, "1.0.0", 1000)).rejects.toThrow(`${root} belongs to user ${someone}, and this is user 0`);
  });
});

test.each([["what is no JSON", "{oops\n"], ["what is no object", "null\n"], ["a line without an end", "x".repeat(maximumLineBytes + 1)]])("%s from the daemon ends the connection, and nothing else", async (_what, nonsense) => {
  const { socketPath } = place();
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write(`${JSON.stringify({ id: 1, result: { version: "1.0.0", protocol: protocolVersion, pid: 1, startedAt: "", units: 0, isBusy: false, isLeaving: false } satisfies Hello })}\n`);
      socket.once("data", () => socket.write(nonsense)).on("error", () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  const connection = await connectDaemon(socketPath, "1.0.0");
  await expect(connection?.state()).rejects.toThrow("the daemon said something that is no message");
  await connection?.closed;
});

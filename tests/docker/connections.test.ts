import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, onTestFinished } from "vitest";
import type { ContainerEngine } from "../../src/host/container-engine.ts";
import { openEngine } from "../../src/host/docker-engine.ts";
import { findEngine } from "../../src/host/docker-find.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { onPath } from "../../src/host/on-path.ts";
import { openSshTunnel } from "../../src/host/port-tunnel.ts";
import { UserError } from "../../src/model/failure.ts";
import { freePorts, isFree } from "../rig/ports.ts";
import { sshServer, type SshServer } from "../rig/ssh-server.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { certificates, tlsRelay } from "../rig/tls-relay.ts";
import { eventually } from "../rig/wait.ts";
import { bundled } from "../host/bundle.ts";
import { startProgram } from "../rig/program.ts";
import { containerTest } from "./scene.ts";

const test = containerTest;
const machine = observeMachine();

test("an engine behind TLS is used with the person's certificates, and not without", async ({ engine, scene, skip }) => {
  if (onPath("openssl", process.env) === undefined) skip("not installed: openssl");
  const directory = temporaryDirectory(onTestFinished, "tls");
  certificates(directory);
  const host = `tcp://127.0.0.1:${await tlsRelay(engine.socket, directory, onTestFinished)}`;
  const environment = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory };
  const search = await findEngine({ environment, machine });
  if (search.kind === "none") throw new Error(search.failure.message);
  const ours = await openEngine(search.engine, scene.scope, environment);
  const { id } = await ours.containers.start(await scene.shell("job", "echo by TLS"));
  const lines: string[] = [];
  await ours.containers.followLog(id, undefined, ({ bytes }) => lines.push(bytes.toString("utf8")), AbortSignal.timeout(20_000));
  expect(lines).toEqual(["by TLS\n"]);
  const stranger = temporaryDirectory(onTestFinished, "tls");
  certificates(stranger);
  const refused = await findEngine({ environment: { ...environment, DOCKER_CERT_PATH: stranger }, machine });
  expect(refused).toMatchObject({ kind: "none", failure: { reason: "engine_unreachable", message: expect.stringContaining("its certificate is not accepted") } });
});

interface Remote {
  readonly ssh: SshServer;
  readonly ours: ContainerEngine;
  readonly environment: { readonly PATH: string; readonly DOCKER_HOST: string };
}

async function remote(socket: string, scope: string, skip: (reason: string) => never): Promise<Remote> {
  const ssh = await sshServer(onTestFinished);
  if (typeof ssh === "string") {
    if (process.env["CI"] !== undefined) throw new Error(ssh);
    return skip(ssh);
  }
  const environment = { PATH: ssh.path, DOCKER_HOST: `ssh://root@box${socket}` };
  const search = await findEngine({ environment, machine });
  if (search.kind === "none") throw new Error(search.failure.message);
  const ours = await openEngine(search.engine, scope, environment);
  onTestFinished(() => ours.close());
  return { ssh, ours, environment };
}

test("an engine behind ssh is used through one connection, which comes back when it broke", async ({ engine, scene, skip }) => {
  const { ssh, ours } = await remote(engine.socket, scene.scope, skip);
  const { id } = await ours.containers.start(await scene.shell("slow", `i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "$i"; sleep 0.02; done`));
  const lines: number[] = [];
  await ours.containers.followLog(id, undefined, ({ bytes }) => {
    lines.push(Number(bytes.toString("utf8")));
    if (lines.length === 10) ssh.cut();
  }, AbortSignal.timeout(40_000));
  expect(lines).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(await ours.containers.exec(id, { command: ["true"], timeoutMs: 10_000 })).toMatchObject({ code: undefined, trouble: expect.stringContaining("not running") });
});

test("published ports of a remote engine are brought here, unless they are taken here", async ({ engine, skip, scene }) => {
  const { ours } = await remote(engine.socket, scene.scope, skip);
  // There and here are one machine: what listens on the port there is what is taken here.
  const port = await freePorts();
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  const error: unknown = await ours.forward(port, { port }).then(() => undefined, (reason: unknown) => reason);
  expect(error).toMatchObject({ failures: [{ reason: "port_unavailable", message: expect.stringContaining(`port ${port} could not be forwarded to root@box`) }] });
  const free = await freePorts();
  await ours.forward(free, { port });
  await ours.forward(free, { port });
  expect(await isFree(free)).toBe(false);
  await ours.unforward(free);
  await eventually(() => isFree(free), "the port is given back");
  await ours.forward(free, { port: free });
  await ours.close();
  await eventually(() => isFree(free), "the end of the forward");
});

test("who is not let in is told what ssh said", async ({ engine, scene, skip }) => {
  const { environment } = await remote(engine.socket, scene.scope, skip);
  const refused = await findEngine({ environment: { ...environment, DOCKER_HOST: "ssh://root@elsewhere" }, machine });
  expect(refused).toMatchObject({ kind: "none", failure: { message: expect.stringMatching(/ssh to root@elsewhere failed: .*Permission denied/) } });
  const nothing = openSshTunnel({ kind: "ssh", destination: "root@box", port: await freePorts(), socket: "/none" }, environment);
  await expect(nothing).rejects.toThrow(UserError);
});

test("the tunnel ends with its process, even when that is killed while somebody uses it", async ({ engine, scene, skip }) => {
  const { environment } = await remote(engine.socket, scene.scope, skip);
  const directory = temporaryDirectory(onTestFinished, "killed");
  const entry = `
    import { openSshTunnel } from "./src/host/port-tunnel.ts";
    const tunnel = await openSshTunnel({ kind: "ssh", destination: "root@box", socket: ${JSON.stringify(engine.socket)} }, process.env);
    await tunnel.forward(Number(process.argv[2]), Number(process.argv[3]));
    console.log("open");
    setInterval(() => undefined, 1000);`;
  const [port, other] = [await freePorts(), await freePorts()];
  const server = createServer({ allowHalfOpen: true }, (socket) => void socket.on("error", () => undefined).resume()).listen(other, "127.0.0.1");
  onTestFinished(() => void server.close());
  const program = startProgram([process.execPath, await bundled(entry, directory, "tunnel"), String(port), String(other)], { cwd: directory, env: { ...environment, TMPDIR: directory } });
  await program.seen(/open/);
  expect(await isFree(port)).toBe(false);
  const user = connect(port, "127.0.0.1");
  onTestFinished(() => void user.destroy());
  await Promise.all([once(user, "connect"), once(server, "connection")]);
  program.signal("SIGKILL");
  await program.ended;
  await eventually(() => isFree(port), "the end of the tunnel");
});

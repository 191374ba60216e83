/**
 * A Docker engine of the tests' own, shared by all tests of a run: started by the first that wants it, ended by
 * docker-engine-end.ts. It lives in namespaces of its own for processes and mounts, so that the death of their first
 * process is the death of every container and the end of every mount. It has its own bridge and touches no iptables.
 */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { test } from "vitest";
import { errorText } from "../../src/host/files.ts";
import { isLock, tryLock, type Lock } from "../../src/host/lock.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { onPath } from "../../src/host/on-path.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "../../src/host/process-table.ts";
import { mountControlGroups } from "./control-groups.ts";
import { endEngine, engineDirectory, writeRecord, type EngineRecord } from "./docker-engine-end.ts";
import { ensureImage, type TestImage } from "./docker-images.ts";
import { cleanEnvironment } from "./stage.ts";
import { eventually } from "./wait.ts";

export interface TestEngine {
  /** Its unix socket. */
  readonly socket: string;
  /** A client of the tests' own, to look at what the code under test did. */
  readonly docker: Docker;
  /** Makes sure that the engine has the image; returns its name. */
  image(name: TestImage): Promise<string>;
}

/** `test` with an `engine`; skipped, and it says why, where no engine can run. */
export const engineTest = test.extend<{ readonly engine: TestEngine }>({
  engine: async ({ skip }, use) => {
    const engine = await testEngine();
    await use(typeof engine === "string" ? skip(engine) : engine);
  },
});

const directory = engineDirectory;
const socket = join(directory, "engine.sock");
const containerdSocket = join(directory, "containerd.sock");
const containerdConfiguration = `version = 2
root = "${directory}/containerd"
state = "${directory}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${containerdSocket}"
`;
const machine = observeMachine();
const table = processTableOf(machine);

/** The engine of this run, or why there is none. In CI, as root, that there is none is an error. */
export async function testEngine(): Promise<TestEngine | string> {
  const missing = whyNot();
  const trouble = missing ?? (await started());
  if (trouble === undefined) {
    const docker = new Docker({ socketPath: socket });
    return { socket, docker, image: (name) => locked(`image-${name}`, () => ensureImage(docker, name)) };
  }
  if (process.env["CI"] !== undefined && machine.isRoot) throw new Error(`no Docker engine for the tests: ${trouble}`);
  return trouble;
}

function whyNot(): string | undefined {
  if (machine.platform !== "linux") return "a Docker engine of the tests' own needs Linux";
  if (!machine.isRoot) return "a Docker engine of the tests' own needs root";
  if (socket.length > 90) return `the path of its socket is too long: ${socket}`;
  const programs = ["dockerd", "containerd", "unshare", "ip"].filter((name) => onPath(name, process.env) === undefined);
  return programs.length === 0 ? undefined : `not installed: ${programs.join(", ")} (\`apt-get install docker.io iproute2\`)`;
}

/** Undefined when it runs; what its log says last when it does not. */
function started(): Promise<string | undefined> {
  return locked("engine", async () => {
    if (existsSync(join(directory, "failed"))) return logTail();
    if (await answers()) return undefined;
    const record = tryStart();
    if (typeof record === "string") return record;
    const ended = () => judgeHandle(table, machine, record.process) === "dead";
    const outcome = await eventually(async () => ((await answers()) ? "up" : ended() && "down"), `the engine (${logTail()})`, 30_000);
    if (outcome === "up") return undefined;
    endEngine(record);
    mkdirSync(join(directory, "failed"), { recursive: true });
    return logTail();
  });
}

async function answers(): Promise<boolean> {
  if (!existsSync(socket)) return false;
  return new Docker({ socketPath: socket, timeout: 5000 }).ping().then(() => true, () => false);
}

/**
 * The first process of the namespaces; it collects orphans. dockerd would start containerd itself, and replace it when a
 * busy machine makes it slow to answer.
 */
const firstProcess = `${mountControlGroups}
ulimit -n "$(ulimit -Hn)"
containerd --config "$1/containerd.toml" &
shift
dockerd "$@" &
wait $!`;

/** A root that may not make a network or namespaces is root of a container. */
function tryStart(): EngineRecord | string {
  try {
    return start();
  } catch (error) {
    return errorText(error);
  }
}

function start(): EngineRecord {
  const temporary = join(directory, "tmp");
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(directory, "containerd.toml"), containerdConfiguration);
  const run = Number(process.env["ENVCTL_TEST_RUNNER"]);
  const [name, subnet] = [run.toString(36), freeSubnet(run)];
  const bridge = `envctl-${name}`.slice(0, 15);
  const networks = { bridge: `10.213.${subnet}.`, others: `10.214.${subnet}.` };
  makeBridge(bridge, `${networks.bridge}1/24`);
  const options = {
    host: `unix://${socket}`, "data-root": join(directory, "data"), "exec-root": join(directory, "exec"), containerd: containerdSocket, pidfile: join(directory, "pid"),
    bridge, "cgroup-parent": `/envctl-test-${name}`, "exec-opt": "native.cgroupdriver=cgroupfs", "default-address-pool": `base=${networks.others}0/24,size=28`,
    iptables: "false", "ip-forward": "false", "ip-masq": "false",
  };
  const log = openSync(join(directory, "log"), "a");
  const args = ["--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "sh", "-c", firstProcess, "sh", directory, ...Object.entries(options).map(([key, value]) => `--${key}=${value}`)];
  const child = spawn("unshare", args, { detached: true, stdio: ["ignore", log, log], cwd: "/", env: { ...cleanEnvironment(process.env), TMPDIR: temporary } });
  child.unref();
  closeSync(log);
  const [engine, runner] = [child.pid, run].map((pid) => handleOfProcess(table, machine, pid ?? -1));
  if (engine === undefined || runner === undefined) throw new Error("the engine of the tests ended at once");
  const record = { directory, process: engine, runner, networks: Object.values(networks), controlGroup: `envctl-test-${name}` };
  writeRecord(name, record);
  return record;
}

function makeBridge(bridge: string, address: string): void {
  for (const args of [["link", "add", bridge, "type", "bridge"], ["address", "add", address, "dev", bridge], ["link", "set", bridge, "up"]]) execFileSync("ip", args);
}

/** The third number of a network nobody has. */
function freeSubnet(run: number): number {
  const addresses = Object.values(networkInterfaces()).flat().map((one) => one?.address ?? "");
  const candidates = Array.from({ length: 256 }, (_, index) => (run + index) % 256);
  return candidates.find((number) => !addresses.some((address) => address.startsWith(`10.213.${number}.`) || address.startsWith(`10.214.${number}.`))) ?? 0;
}

function logTail(): string {
  return existsSync(join(directory, "log")) ? readFileSync(join(directory, "log"), "utf8").trimEnd().split("\n").slice(-5).join("\n") : "dockerd wrote nothing";
}

/** One worker at a time does it. */
async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const me = handleOfProcess(table, machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  const attempt = (): Lock | false => {
    const lock = tryLock(join(directory, "locks", name.replaceAll(/\W/g, "-")), me, (owner) => judgeHandle(table, machine, owner) !== "dead");
    return isLock(lock) && lock;
  };
  const lock = await eventually(attempt, `the lock for ${name}`, 180_000);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

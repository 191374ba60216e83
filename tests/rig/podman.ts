/** A Podman of the tests' own, with storage and networks of its own, behind the socket of its service. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { onPath } from "../../src/host/on-path.ts";
import type { TestEngine } from "./docker-engine.ts";
import { ensureImage } from "./docker-images.ts";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";
import { eventually } from "./wait.ts";

const configuration = (directory: string): string => `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
events_logger = "file"
[network]
network_config_dir = "${directory}/networks"
`;

/** The engine, or why there is none. It takes images from the cache that the tests' Docker has filled. */
export async function podmanEngine(cleanup: Cleanup): Promise<TestEngine | string> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "a Podman of the tests' own needs Linux and root";
  if (onPath("podman", process.env) === undefined) return "not installed: podman (`apt-get install podman`)";
  const directory = temporaryDirectory(cleanup, "pod");
  const env = { ...process.env, CONTAINERS_CONF: join(directory, "containers.conf") };
  mkdirSync(join(directory, "networks"));
  writeFileSync(env.CONTAINERS_CONF, configuration(directory));
  const at = ["--root", join(directory, "root"), "--runroot", join(directory, "run"), "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"];
  const socket = join(directory, "s");
  const service = spawn("podman", [...at, "system", "service", "--time=0", `unix://${socket}`], { env, stdio: "ignore" });
  cleanup(async () => {
    execFileSync("podman", [...at, "rm", "--all", "--force", "--time", "0"], { env, stdio: "ignore" });
    service.kill("SIGTERM");
    await eventually(() => service.exitCode !== null || service.signalCode !== null, "the end of podman's service");
  });
  const docker = new Docker({ socketPath: socket });
  await eventually(() => docker.ping().then(() => true, () => false), "podman's service", 20_000);
  return { socket, docker, image: async (name) => `localhost/${await ensureImage(docker, name)}` };
}

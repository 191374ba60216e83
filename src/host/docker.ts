/** The Docker engine, asked about published ports. Loads its client library when first used. */
import Docker from "dockerode";

const timeoutMs = 1000;

/** Name of the running container that publishes `port`; undefined when there is none or no engine answers. */
export async function containerPublishing(port: number): Promise<string | undefined> {
  try {
    const docker = new Docker({ timeout: timeoutMs });
    const containers = await docker.listContainers({ filters: { publish: [String(port)] } });
    return containers[0]?.Names[0]?.replace(/^\//, "");
  } catch {
    return undefined;
  }
}

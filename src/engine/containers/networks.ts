/** Networks of a repository's containers. */
import { containerLabels, type ContainerEngine } from "../../host/container-engine.ts";

/** Networks of a repository go with its last container. */
export async function removeIdleNetworks({ containers, networks }: ContainerEngine, scope: string): Promise<void> {
  const labels = { [containerLabels.scope]: scope };
  if ((await containers.list(labels)).length > 0) return;
  for (const name of await networks.list(labels)) await networks.remove(name);
}

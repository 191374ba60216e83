/** A Docker or Podman engine behind our interface. Loads the client library: import it on demand. */
import type { ContainerEngine, FoundEngine } from "./container-engine.ts";
import { connect } from "./docker-connect.ts";
import { containerOperations } from "./docker-containers.ts";
import { engineEvents } from "./docker-events.ts";
import { imageOperations } from "./docker-images.ts";
import { networkOperations, volumeOperations } from "./docker-storage.ts";
import type { Host } from "./host.ts";

/** The engine that `findEngine` found, for what is labelled with `scope`. Throws a UserError when ssh leads nowhere. */
export async function openEngine(found: FoundEngine, scope: string, environment: Host["environment"]): Promise<ContainerEngine> {
  const connection = await connect(found.address, environment);
  return {
    found,
    images: imageOperations(connection),
    containers: containerOperations(connection, scope),
    volumes: volumeOperations(connection, scope),
    networks: networkOperations(connection, scope),
    events: (labels, signal) => engineEvents(connection, labels, signal),
    forward: (here, there) => connection.forward(here, there),
    unforward: (here) => connection.unforward(here),
    close: () => connection.close(),
  };
}

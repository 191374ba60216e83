/** n8n in a container of the official image, or of one like it. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Host } from "../host/host.ts";
import { machineHostName } from "../model/container.ts";
import { UserError } from "../model/failure.ts";
import type { DockerDraft, DraftInput, EffectInput } from "./adapter.ts";
import { makeOwnDirectory, makeParents } from "./engines/account.ts";
import { n8nPort, type N8nSettings } from "./n8n-settings.ts";

/** The project's tags of n8n are its versions, and do not move. */
export function n8nImage({ version }: N8nSettings): string {
  return `n8nio/n8n:${version}`;
}

/** What the container is told besides what every n8n is. */
export function n8nInContainer({ secret }: DraftInput<N8nSettings>): Pick<DockerDraft, "command" | "env" | "volume" | "port"> {
  return {
    command: [],
    // Published on the loopback address of this machine only.
    env: { N8N_PORT: String(n8nPort), N8N_LISTEN_ADDRESS: "0.0.0.0", N8N_ENCRYPTION_KEY: secret("encryption-key") },
    volume: "/home/node/.n8n",
    port: n8nPort,
  };
}

/** Before it is started: what cannot be imported ends the start. Throws a UserError also where it could not reach its database. */
export async function prepareForContainer(input: EffectInput<N8nSettings>, { machine }: Host): Promise<void> {
  const { readWorkflows } = await import("./n8n-workflows.ts");
  readWorkflows(input);
  const { env = {}, name, settings } = input;
  if (settings.database !== "postgres") return;
  // Engines in a virtual machine pass such connections on to the loopback address.
  if (machine.platform === "linux" && env["DB_POSTGRESDB_HOST"] === machineHostName) {
    throw new UserError({ reason: "configuration_invalid", message: `${name} runs in a container, which does not reach the PostgreSQL of this machine`, hint: "set requirements.postgres.engine to docker, too, or requirements.n8n.engine to embedded" });
  }
  const { prepareSchema } = await import("./n8n-data.ts");
  const { host, port } = input.used?.("postgres") ?? {};
  await prepareSchema({ ...input, env: { ...env, DB_POSTGRESDB_HOST: host ?? "", DB_POSTGRESDB_PORT: port ?? "" } });
}

/** Data are in a volume, so what is noted beside them lies where no data directory is looked for. */
export async function bootstrapInContainer(input: EffectInput<N8nSettings>, host: Host): Promise<void> {
  const { preparePassword } = await import("./n8n-data.ts");
  const { bootstrapN8n } = await import("./n8n-bootstrap.ts");
  const noted = { ...input, dataDirectory: join(dirname(input.dataDirectory), ".containers", basename(input.dataDirectory)) };
  makeParents(noted.dataDirectory, host);
  if (!existsSync(noted.dataDirectory)) makeOwnDirectory(noted.dataDirectory, host.machine.serverAccount);
  preparePassword(noted);
  await bootstrapN8n(noted, host);
}

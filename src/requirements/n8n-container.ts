/** n8n in a container of the official image, or of one like it. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Host } from "../host/host.ts";
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
    env: { N8N_PORT: String(n8nPort), N8N_LISTEN_ADDRESS: "0.0.0.0", N8N_ENCRYPTION_KEY: secret("encryption-key"), DB_TYPE: "sqlite" },
    volume: "/home/node/.n8n",
    port: n8nPort,
  };
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

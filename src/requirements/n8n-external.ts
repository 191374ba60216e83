/** An n8n outside of envctl. */
import { withDeadline } from "../host/deadline.ts";
import { errorText } from "../host/files.ts";
import type { Failure } from "../model/failure.ts";
import type { Probe } from "../model/unit.ts";
import type { ExternalEngine, ExternalServer } from "./adapter.ts";
import { unreachable, webAddress, type AskLimits } from "./engines/ask.ts";
import { n8nEnv, settingsAnswer, settingsRequest } from "./n8n-readiness.ts";

export const externalN8n: ExternalEngine = {
  schemes: ["http", "https"],
  port: 80,
  ports: { https: 443 },
  variables: ["N8N_URL"],
  values,
  env: (server) => n8nEnv(values(server)),
  probe,
  check,
};

function values({ url, host, port }: ExternalServer): Readonly<Record<string, string>> {
  return { url: url.replace(/\/+$/, ""), host, port: String(port) };
}

function probe({ host, port, database: path, isEncrypted }: ExternalServer): Probe {
  if (isEncrypted) return { kind: "tcp", host, port };
  return { kind: "exchange", host, port, send: settingsRequest(host, path), expect: settingsAnswer };
}

async function check(server: ExternalServer, { timeoutMs, signal }: AskLimits): Promise<string | Failure> {
  const { createRest, field } = await import("./n8n-rest.ts");
  const { host, port } = server;
  try {
    const { status, data, message } = await withDeadline(signal, timeoutMs, (limited) => createRest(webAddress(server), limited).ask("GET", "/settings"));
    if (status === 200 && field(data, "userManagement") !== undefined) return `n8n answers at ${host}:${port}`;
    return unreachable({ host, port }, `what answers there is no n8n that is ready (${status}: ${message.slice(0, 100)})`);
  } catch (error) {
    return unreachable({ host, port }, errorText(error));
  }
}

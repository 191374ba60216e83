/** A Supabase outside of envctl, by the URL of its gateway. Its keys are variables of the caller, as they are for the services. */
import { withDeadline } from "../host/deadline.ts";
import { errorText } from "../host/files.ts";
import type { Failure } from "../model/failure.ts";
import type { ExternalEngine, ExternalServer } from "./adapter.ts";
import { unreachable, webAddress, type AskLimits } from "./engines/ask.ts";

export const externalSupabase: ExternalEngine = {
  schemes: ["http", "https"],
  port: 80,
  ports: { https: 443 },
  variables: ["SUPABASE_URL"],
  values,
  env: (server) => gatewayEnv(values(server)),
  probe: ({ host, port }) => ({ kind: "tcp", host, port }),
  check,
};

/** What a gateway says of a part that does not answer it. */
const partIsAway: readonly number[] = [502, 504];

/** Any answer of a gateway will do: which keys it wants, and which parts it has, is its own affair. */
async function check(server: ExternalServer, { timeoutMs, signal }: AskLimits): Promise<string | Failure> {
  const { host, port } = server;
  try {
    const { status } = await withDeadline(signal, timeoutMs, (limited) => fetch(`${webAddress(server)}/auth/v1/health`, { signal: limited, redirect: "manual" }));
    return partIsAway.includes(status) ? unreachable({ host, port }, `its gateway answers ${status}: what is behind it is away`) : `a gateway answers at ${host}:${port} (${status})`;
  } catch (error) {
    return unreachable({ host, port }, errorText(error instanceof Error ? (error.cause ?? error) : error));
  }
}

/** Variables for services, from the values of a gateway. */
export function gatewayEnv({ url = "", port = "", jwks_url = "" }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { SUPABASE_URL: url, SUPABASE_PUBLIC_URL: url, SUPABASE_PUBLIC_PORT: port, SUPABASE_JWKS_URL: jwks_url };
}

/** As `values` of the requirement, for the URL a gateway is reached by. */
export function gatewayValues(url: string, port: number): Readonly<Record<string, string>> {
  return { url, public_url: url, port: String(port), jwks_url: `${url}/auth/v1/.well-known/jwks.json` };
}

function values({ url, port }: ExternalServer): Readonly<Record<string, string>> {
  return gatewayValues(url.replace(/\/+$/, ""), port);
}

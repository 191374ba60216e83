/** A Supabase outside of envctl, by the URL of its gateway. Its keys are variables of the caller, as they are for the services. */
import { answers } from "../host/net.ts";
import type { ExternalEngine, ExternalServer } from "./adapter.ts";
import { unreachable } from "./engines/ask.ts";

export const externalSupabase: ExternalEngine = {
  schemes: ["http", "https"],
  port: 80,
  ports: { https: 443 },
  variables: ["SUPABASE_URL"],
  values,
  env: (server) => gatewayEnv(values(server)),
  probe: ({ host, port }) => ({ kind: "tcp", host, port }),
  check: async (server, { timeoutMs }) => {
    const { host, port } = server;
    return (await answers(host, port, timeoutMs)) ? `${host}:${port} accepts connections` : unreachable(server, "it takes no connection");
  },
};

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

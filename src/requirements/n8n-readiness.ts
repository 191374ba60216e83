/** How an n8n is asked whether it can be used, and what whoever uses one is told. */

/**
 * Bytes, as a probe has them. While it starts, n8n answers every path with a page that says so and with the status of success, and its
 * own health address is satisfied before its interface and its webhooks are there.
 */
export function settingsRequest(host: string, path = ""): string {
  const prefix = path === "" ? "" : `/${path.replace(/\/+$/, "")}`;
  return Buffer.from(`GET ${prefix}/rest/settings HTTP/1.0\r\nHost: ${host}\r\nAccept: application/json\r\n\r\n`).toString("base64");
}

/** What the answer to it begins with once it can be used. */
export const settingsAnswer = '^HTTP/1\\.[01] 200[\\s\\S]*\\r\\n\\r\\n\\{"data":';

/** Variables for services, from the values of an n8n. */
export function n8nEnv({ url = "", host = "", port = "", owner_email, owner_password }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const owner = { ...(owner_email === undefined ? {} : { N8N_OWNER_EMAIL: owner_email }), ...(owner_password === undefined ? {} : { N8N_OWNER_PASSWORD: owner_password }) };
  return { N8N_URL: url, N8N_HOST: host, N8N_PORT: port, ...owner };
}

/** Serves the shop's page and passes /api on to API_URL. `node server.mjs --port 9000` */
import { readFile } from "node:fs/promises";
import { createServer, request as requestOf } from "node:http";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { port: { type: "string" } } });
const port = Number(values.port ?? process.env.PORT ?? 9000);
const api = new URL(process.env.API_URL ?? "http://127.0.0.1:8000");
const shop = process.env.SHOP_NAME ?? "shop";
const page = await readFile(new URL("public/index.html", import.meta.url));

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname.startsWith("/api/")) return passOn(request, response);
  if (pathname === "/healthz") return send(response, 200, "application/json", `${JSON.stringify({ ready: true, shop })}\n`);
  if (pathname === "/") return send(response, 200, "text/html; charset=utf-8", page);
  send(response, 404, "text/plain", "no such page\n");
});

function passOn(request, response) {
  const { method, headers, url } = request;
  const inner = requestOf({ hostname: api.hostname, port: api.port, path: url, method, headers: { ...headers, host: api.host } }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  inner.on("error", (error) => send(response, 502, "application/json", `${JSON.stringify({ error: `the API does not answer: ${error.message}` })}\n`));
  request.pipe(inner);
}

function send(response, status, type, body) {
  if (response.headersSent) return response.destroy();
  response.writeHead(status, { "content-type": type });
  response.end(body);
}

function shutDown() {
  console.log("stopping");
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

process.once("SIGTERM", shutDown);
process.once("SIGINT", shutDown);
server.listen(port, "127.0.0.1", () => console.log(`${shop}: page on http://127.0.0.1:${port}, API at ${api.origin}`));

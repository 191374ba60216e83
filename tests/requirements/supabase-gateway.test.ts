/** The gateway as it runs in its container: its text alone, in a Node of its own. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { gatewayHealthPath, gatewayProgram, type GatewayRoute } from "../../src/requirements/supabase-gateway.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";

/** Answers with what it was asked, and echoes what comes over an upgraded connection. */
async function part(): Promise<string> {
  const server = createServer((asked, answer) => {
    let body = "";
    asked.on("data", (piece) => (body += piece)).on("end", () => answer.writeHead(asked.url === "/missing" ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers, body })));
  });
  const open = new Set<Socket>();
  server.on("upgrade", (asked: IncomingMessage, socket: Socket) => {
    open.add(socket);
    const accept = createHash("sha1").update(`${asked.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n${asked.url} ${asked.headers.host};`);
    socket.on("data", (bytes) => socket.write(bytes)).on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gateway(routes: readonly GatewayRoute[]): Promise<string> {
  const port = await freePorts();
  const child = spawn(process.execPath, ["--eval", gatewayProgram], { env: { GATEWAY_ROUTES: JSON.stringify(routes), GATEWAY_PORT: String(port), ANON_KEY: "anon", SERVICE_KEY: "service" }, stdio: "inherit" });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill();
    expect(await exited).toEqual([0, null]);
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => fetch(`${url}${gatewayHealthPath}`).then(({ ok }) => ok, () => false), "the gateway");
  return url;
}

interface Echo {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

test("requests reach their part with the rest of the path, a token and their body; keys say who may", async () => {
  const to = await part();
  const url = await gateway([
    { path: "/auth/v1/verify", to: `${to}/verify`, access: "any" },
    { path: "/auth/v1", to, access: "key" },
    { path: "/pg", to, access: "service" },
    { path: "/realtime/v1", missing: "realtime is switched off", access: "key" },
    { path: "/dead", to: "http://127.0.0.1:1", access: "any" },
    { path: "/", to: `${to}/studio`, access: "any" },
  ]);
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}, more: RequestInit = {}): Promise<readonly [number, Echo & { readonly message?: string }]> => {
    const response = await fetch(`${url}${path}`, { headers, ...more });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    return [response.status, (await response.json()) as Echo];
  };
  const made = await ask("/auth/v1/admin/users?page=1", { apikey: "anon" }, { method: "POST", body: '{"email":"a"}' });
  expect(made).toMatchObject([200, { method: "POST", url: "/admin/users?page=1", body: '{"email":"a"}', headers: { authorization: "Bearer anon", host: new URL(to).host, "x-forwarded-host": new URL(url).host } }]);
  expect(await ask("/auth/v1/user", { apikey: "anon", authorization: "Bearer own" })).toMatchObject([200, { headers: { authorization: "Bearer own" } }]);
  expect(await ask("/auth/v1/missing?", { apikey: "service" })).toMatchObject([404, { url: "/missing" }]);
  expect(await ask("/auth/v1/verify?token=x")).toMatchObject([200, { url: "/verify?token=x" }]);
  expect(await ask("/auth/v1/user")).toEqual([401, { message: "No API key found in request" }]);
  expect(await ask("/auth/v1/user", { apikey: "other" })).toEqual([401, { message: "Invalid authentication credentials" }]);
  expect((await ask("/pg/tables", { apikey: "anon" }))[0]).toBe(401);
  expect(await ask("/pg/tables?apikey=service")).toMatchObject([200, { url: "/tables?apikey=service" }]);
  expect(await ask("/realtime/v1/websocket", { apikey: "anon" })).toEqual([503, { message: "realtime is switched off" }]);
  expect(await ask("/dead")).toMatchObject([502, { message: expect.stringContaining("127.0.0.1:1 gives no answer") }]);
  // A path that only begins like a route's is another one.
  expect(await ask("/pgadmin")).toMatchObject([200, { url: "/studio/pgadmin" }]);
  const preflight = await fetch(`${url}/auth/v1/user`, { method: "OPTIONS", headers: { "access-control-request-method": "POST", "access-control-request-headers": "apikey, content-type" } });
  expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([200, "apikey, content-type"]);
});

test("a connection that is upgraded carries bytes both ways, under the host name its part looks at", async () => {
  const url = await gateway([{ path: "/realtime/v1", to: `${await part()}/socket`, access: "key", host: "realtime-dev.somewhere" }]);
  const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" };
  const socket = await new Promise<Socket>((resolve, reject) => request(`${url}/realtime/v1/websocket?apikey=anon`, { headers }).on("upgrade", (_answer, far, head) => (far.unshift(head), resolve(far))).on("error", reject).end());
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
  socket.write("hello");
  await eventually(() => text === "/socket/websocket?apikey=anon realtime-dev.somewhere;hello", "the echo");
  const refused = await new Promise<number | undefined>((resolve, reject) => request(`${url}/realtime/v1/websocket`, { headers }).on("response", (answer) => resolve(answer.statusCode)).on("error", reject).end());
  expect(refused).toBe(401);
});

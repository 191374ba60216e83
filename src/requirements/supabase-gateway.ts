/**
 * The gateway: one address for all parts. It asks for a key of the project where a part does not do so itself, turns it into
 * the token that parts understand, and says of a part that is switched off that it is. It runs in a container, as the text of a
 * function that uses nothing but Node.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** What begins with `path` goes to `to`, with the rest of the path behind it. */
export interface GatewayRoute {
  readonly path: string;
  /** Absent for a part that is switched off: then `missing` is the answer. */
  readonly to?: string;
  readonly missing?: string;
  /** `any`: no key is asked for; `key`: one of the project's; `service`: the service key. */
  readonly access: "any" | "key" | "service";
  /** Sent as the host's name, for a part that looks at it. */
  readonly host?: string;
}

/** Where the gateway says that it is there itself. */
export const gatewayHealthPath = "/_gateway/health";

interface Settings {
  readonly routes: readonly GatewayRoute[];
  readonly keys: Readonly<Record<GatewayRoute["access"], readonly string[]>>;
  /** Browsers may ask from wherever they are: the keys say who may do what. */
  readonly openHeaders: OutgoingHttpHeaders;
}

interface Passage {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** For `node --eval`. Routes and keys come by the environment: `GATEWAY_ROUTES`, `GATEWAY_PORT`, `ANON_KEY`, `SERVICE_KEY`. */
export const gatewayProgram = `${[passageOf, refuse, pass, upgrade, serve].map(String).join("\n")}\n${serve.name}();`;

/** These use each other and Node, and nothing else of this file: only their text goes to where they run. */
function serve(): void {
  const { GATEWAY_ROUTES = "[]", GATEWAY_PORT = "8000", ANON_KEY = "", SERVICE_KEY = "" } = process.env;
  const settings: Settings = {
    routes: JSON.parse(GATEWAY_ROUTES) as readonly GatewayRoute[],
    keys: { any: [], key: [ANON_KEY, SERVICE_KEY], service: [SERVICE_KEY] },
    openHeaders: { "access-control-allow-origin": "*", "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS", "access-control-expose-headers": "*" },
  };
  const server = process.getBuiltinModule("node:http").createServer((request, response) => pass(request, response, settings));
  server.on("upgrade", (request, near, head) => upgrade(request, near, head, settings));
  // Whatever is the first process of a container gets no signal it does not ask for.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  server.listen(Number(GATEWAY_PORT), "0.0.0.0");
}

function passageOf(request: IncomingMessage, { routes, keys }: Settings): Passage | Refusal {
  const asked = new URL(request.url ?? "/", "http://gateway");
  const route = routes.find(({ path }) => asked.pathname === path || asked.pathname.startsWith(path.endsWith("/") ? path : `${path}/`));
  if (route === undefined) return { status: 404, message: `nothing is at ${asked.pathname}` };
  if (route.to === undefined) return { status: 503, message: route.missing ?? "it is switched off" };
  const given = request.headers["apikey"] ?? asked.searchParams.get("apikey") ?? undefined;
  const key = Array.isArray(given) ? given[0] : given;
  if (route.access !== "any" && (key === undefined || !keys[route.access].includes(key))) return { status: 401, message: key === undefined ? "No API key found in request" : "Invalid authentication credentials" };
  const url = new URL(`${route.to}${asked.pathname.slice(route.path.replace(/\/$/, "").length)}${asked.search}`);
  const token = key === undefined || request.headers.authorization !== undefined ? {} : { authorization: `Bearer ${key}` };
  const forwarded = { "x-forwarded-host": request.headers.host, "x-forwarded-proto": "http", "x-forwarded-for": request.socket.remoteAddress };
  return { url, headers: { ...request.headers, ...forwarded, ...token, host: route.host ?? url.host } };
}

function refuse(response: ServerResponse, { status, message }: Refusal, { openHeaders }: Settings): void {
  response.writeHead(status, { ...openHeaders, "content-type": "application/json" }).end(JSON.stringify({ message }));
}

function pass(request: IncomingMessage, response: ServerResponse, settings: Settings): void {
  const { openHeaders } = settings;
  if (request.url === "/_gateway/health") return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
  if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
    return void response.writeHead(200, { ...openHeaders, "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "*", "access-control-max-age": "3600" }).end();
  }
  const passage = passageOf(request, settings);
  if ("status" in passage) return refuse(response, passage, settings);
  const onward = process.getBuiltinModule("node:http").request(passage.url, { method: request.method, headers: passage.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...openHeaders });
    answer.pipe(response);
  });
  onward.on("error", (error) => (response.headersSent ? response.destroy() : refuse(response, { status: 502, message: `${passage.url.host} gives no answer: ${error.message}` }, settings)));
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

function upgrade(request: IncomingMessage, near: Duplex, head: Buffer, settings: Settings): void {
  const end = (status: number, message: string): void => void near.end(`HTTP/1.1 ${status} ${message}\r\nconnection: close\r\n\r\n`);
  near.on("error", () => near.destroy());
  const passage = passageOf(request, settings);
  if ("status" in passage) return end(passage.status, passage.message);
  const onward = process.getBuiltinModule("node:http").request(passage.url, { method: request.method, headers: passage.headers });
  onward.on("upgrade", (answer, far, first) => {
    const lines = answer.rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    near.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`);
    near.write(first);
    far.write(head);
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    far.pipe(near).pipe(far);
  });
  onward.on("response", (answer) => end(answer.statusCode ?? 502, answer.statusMessage ?? ""));
  onward.on("error", () => end(502, "Bad Gateway"));
  onward.end();
}

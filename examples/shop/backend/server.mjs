/** The shop's HTTP API. `node server.mjs --port 8000`, with DATABASE_URL and REDIS_URL in the environment. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { openCache, waitingOrders } from "./cache.mjs";
import { openStore } from "./store.mjs";

const maxBodyBytes = 64 * 1024;
const { values } = parseArgs({ options: { port: { type: "string" } } });
const port = Number(values.port ?? process.env.PORT ?? 8000);
const shop = process.env.SHOP_NAME ?? "shop";

const store = openStore(process.env.DATABASE_URL);
const cache = openCache(process.env.REDIS_URL);

const routes = {
  "GET /healthz": async () => {
    await Promise.all([store.ping(), cache.ping()]);
    return { ready: true, shop };
  },
  "GET /api/shop": async () => ({ shop }),
  "GET /api/products": async () => ({ products: await store.products() }),
  "POST /api/products": async (body) => {
    const { name, price_cents: priceCents } = body;
    if (typeof name !== "string" || name === "" || !Number.isInteger(priceCents)) throw badRequest("name and price_cents are needed");
    return { product: await store.addProduct(name, priceCents) };
  },
  "GET /api/visits": async () => ({ visits: await cache.incr("visits") }),
  "GET /api/orders": async () => ({ orders: await store.orders(), waiting: await cache.llen(waitingOrders) }),
  "POST /api/orders": async (body) => {
    if (typeof body.product !== "string" || body.product === "") throw badRequest("product is needed");
    const order = { id: randomUUID(), product: body.product };
    await cache.lpush(waitingOrders, JSON.stringify(order));
    return { order };
  },
};

const server = createServer((request, response) => {
  answer(request).then(
    (body) => send(response, 200, body),
    (error) => send(response, error.status ?? 503, { ready: false, error: error.message }),
  );
});

async function answer(request) {
  const route = routes[`${request.method} ${new URL(request.url, "http://localhost").pathname}`];
  if (route === undefined) throw Object.assign(new Error("no such page"), { status: 404 });
  return route(request.method === "POST" ? await readJson(request) : undefined);
}

async function readJson(request) {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > maxBodyBytes) throw Object.assign(new Error("the body is too large"), { status: 413 });
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw badRequest("the body is not JSON");
  }
}

function badRequest(message) {
  return Object.assign(new Error(message), { status: 400 });
}

function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body)}\n`);
}

function shutDown() {
  console.log("stopping");
  server.close();
  server.closeAllConnections();
  cache.disconnect();
  store.close().finally(() => process.exit(0));
}

process.once("SIGTERM", shutDown);
process.once("SIGINT", shutDown);
await store.migrate();
server.listen(port, "127.0.0.1", () => console.log(`${shop}: API on http://127.0.0.1:${port}`));

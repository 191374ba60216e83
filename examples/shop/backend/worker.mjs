/** Takes orders from Redis and writes them to PostgreSQL. `node worker.mjs`, with DATABASE_URL and REDIS_URL in the environment. */
import { openCache, ordersInWork, waitingOrders } from "./cache.mjs";
import { openStore } from "./store.mjs";

const store = openStore(process.env.DATABASE_URL);
const cache = openCache(process.env.REDIS_URL);
let isStopping = false;

/** An order stays in the in-work list until its row is written, so one that a crash interrupted is taken up again. */
async function handle(text) {
  const order = JSON.parse(text);
  await store.addOrder(order);
  await cache.lrem(ordersInWork, 1, text);
  console.log(`order ${order.id}: ${order.product}`);
}

function shutDown() {
  isStopping = true;
  console.log("stopping");
  cache.disconnect();
  store.close().finally(() => process.exit(0));
}

process.once("SIGTERM", shutDown);
process.once("SIGINT", shutDown);
await store.migrate();
for (const text of await cache.lrange(ordersInWork, 0, -1)) await handle(text);
console.log("waiting for orders");
for (;;) {
  try {
    const text = await cache.blmove(waitingOrders, ordersInWork, "RIGHT", "LEFT", 0);
    if (text !== null) await handle(text);
  } catch (error) {
    if (isStopping) break;
    throw error;
  }
}

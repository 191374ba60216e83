/** Everything the shop keeps in Redis: a visit counter and the queue of orders. */
import { Redis } from "ioredis";

export const waitingOrders = "orders:waiting";
export const ordersInWork = "orders:in-work";

export function openCache(url) {
  const redis = new Redis(url, { maxRetriesPerRequest: 3, retryStrategy: (attempt) => Math.min(attempt * 50, 1000) });
  redis.on("error", (error) => console.error(`redis connection lost: ${error.message}`));
  return redis;
}

/** Redis in a container of the official image, or of one like it. */
import type { ContainerAdapter } from "./adapter.ts";
import type { RedisSettings } from "./redis-runtime.ts";

/** Versions whose tags do not move; the first one that fits is used. */
const versions = ["7.4.2", "7.2.7", "8.0.2", "6.2.17"];
const port = 6379;

export const redisContainer: ContainerAdapter<RedisSettings> = {
  image: ({ version }) => {
    const fitting = version === undefined ? versions[0] : (versions.find((one) => one === version || one.startsWith(`${version}.`)) ?? (/^\d+\.\d+\.\d+$/.test(version) ? version : undefined));
    return fitting === undefined ? undefined : `redis:${fitting}`;
  },
  run: ({ settings: { persist }, secret }) => ({
    command: ["sh", "-c", script(persist)],
    env: { REDIS_PASSWORD: secret("password") },
    volume: "/data",
    port,
  }),
};

/** The configuration comes by standard input: a password among the arguments could be read by every user. */
function script(persist: boolean): string {
  const lines = ["bind 0.0.0.0", `port ${port}`, "dir /data", 'requirepass "$REDIS_PASSWORD"', ...(persist ? ["appendonly yes"] : ['save ""', "appendonly no"])];
  return `exec redis-server - <<END\n${lines.join("\n")}\nEND`;
}

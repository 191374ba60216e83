/** Images of Redis, and how they are told what to be. */
import type { DraftInput } from "./adapter.ts";
import type { RedisSettings } from "./redis-runtime.ts";

/** Versions whose tags do not move; the first one that fits is used. */
const versions = ["7.4.2", "7.2.7", "8.0.2", "6.2.17"];
const port = 6379;

/** Undefined for a version there is no image of. */
export function redisImage({ version }: RedisSettings): string | undefined {
  const fitting = version === undefined ? versions[0] : (versions.find((one) => one === version || one.startsWith(`${version}.`)) ?? (/^\d+\.\d+\.\d+$/.test(version) ? version : undefined));
  return fitting === undefined ? undefined : `redis:${fitting}`;
}

/** For the official image, or one like it. */
export function redisInContainer({ settings: { persist }, secret }: DraftInput<RedisSettings>): { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly volume: string; readonly port: number } {
  return { command: ["sh", "-c", script(persist)], env: { REDIS_PASSWORD: secret("password") }, volume: "/data", port };
}

/** Images of Valkey name it otherwise. Where an image has the usual entry, that one gives up the rights of root. */
const findServer = "server=$(command -v redis-server || command -v valkey-server)\nentry=$(command -v docker-entrypoint.sh || true)";

/** The configuration comes by standard input: a password among the arguments could be read by every user. */
function script(persist: boolean): string {
  const lines = ["bind 0.0.0.0", `port ${port}`, "dir /data", 'requirepass "$REDIS_PASSWORD"', ...(persist ? ["appendonly yes"] : ['save ""', "appendonly no"])];
  return `${findServer}\nexec $entry "\${server##*/}" - <<END\n${lines.join("\n")}\nEND`;
}

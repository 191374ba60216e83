/** A copy of Redis's data: a running server writes one file that is whole, and that is what is copied. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyTree } from "../host/copy-tree.ts";
import type { Host } from "../host/host.ts";
import { exchange } from "../host/net.ts";
import { UserError } from "../model/failure.ts";
import { resolveSecrets } from "../model/secrets.ts";
import type { CopyInput } from "./adapter.ts";
import { copyTold } from "./copy-words.ts";
import { namesIn } from "./engines/embedded.ts";
import type { RedisSettings } from "./redis-runtime.ts";

type Input = CopyInput<RedisSettings>;

const dump = "dump.rdb";
const saveMs = 120_000;

/** Throws a UserError when the data cannot be copied. */
export async function copyRedis(input: Input, host: Host): Promise<void> {
  const { dataDirectory, to, isLive } = input;
  if (!isLive) return copied(input, host, dataDirectory, []);
  const hadDump = existsSync(join(dataDirectory, dump));
  await save(input);
  await copied(input, host, dataDirectory, namesIn(dataDirectory).filter((name) => name !== dump));
  // A server without persistence must not find it at its next start.
  if (!input.settings.persist && !hadDump) rmSync(join(dataDirectory, dump), { force: true });
  // One with persistence reads this name, which may begin with such a file, and not the dump.
  if (input.settings.persist) renameSync(join(to, dump), join(to, "appendonly.aof"));
}

/** The server answers nobody meanwhile, so the file is of one moment. */
async function save(input: Input): Promise<void> {
  const password = resolveSecrets(input.secret("password"), (key) => input.reveal(key));
  const port = input.ports["main"] ?? input.settings.port;
  const bytes = Buffer.from(`AUTH ${password}\r\nSAVE\r\n`);
  if (await exchange(port, bytes, /^\+OK\r\n\+OK/, saveMs)) return;
  throw copyError(input, "the server did not save them", "see its log; it may be loading, or its disk may be full");
}

async function copied(input: Input, { machine }: Host, from: string, omit: readonly string[]): Promise<void> {
  const trouble = await copyTree({ from, to: input.to, platform: machine.platform, account: machine.serverAccount, signal: input.signal, omit, told: copyTold(input) });
  input.signal.throwIfAborted();
  if (trouble !== undefined) throw copyError(input, trouble, "free some space, and try again");
}

function copyError({ dataDirectory }: Input, trouble: string, hint: string): UserError {
  return new UserError({ reason: "prepare_failed", message: `the data in ${dataDirectory} could not be copied: ${trouble}`, hint });
}

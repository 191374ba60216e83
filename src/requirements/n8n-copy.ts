/** A copy of n8n's data: its database as SQLite itself copies it, whatever is written meanwhile, and the files beside it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyTree } from "../host/copy-tree.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { CopyInput } from "./adapter.ts";
import { copyingText } from "./copy-words.ts";
import { makeOwnDirectory } from "./engines/account.ts";
import { n8nFolder } from "./n8n.ts";
import type { N8nSettings } from "./n8n-settings.ts";

type Input = CopyInput<N8nSettings>;

const database = "database.sqlite";
const databaseFiles = [database, `${database}-wal`, `${database}-shm`];
/** What n8n makes anew by itself. */
const cache = ".cache";
const copyMs = 600_000;

/** Throws a UserError when the data cannot be copied, or are not here. */
export async function copyN8n(input: Input, host: Host): Promise<void> {
  const { dataDirectory, to, settings, name } = input;
  if (settings.database === "postgres") throw new UserError({ reason: "usage_invalid", message: `the workflows of ${name} are in PostgreSQL (requirements.${name}.database)`, hint: "copy that: `envctl db snapshot NAME --requirement postgres` and so on" });
  input.progress(copyingText(input));
  await copied(input, host, { from: dataDirectory, to, omit: [cache, ".n8n"] });
  const target = n8nFolder(to);
  makeOwnDirectory(target, host.machine.serverAccount);
  await copied(input, host, { from: n8nFolder(dataDirectory), to: target, omit: databaseFiles });
  if (existsSync(join(n8nFolder(dataDirectory), database))) await copyDatabase(input, host, target);
}

async function copied(input: Input, { machine }: Host, place: { readonly from: string; readonly to: string; readonly omit: readonly string[] }): Promise<void> {
  const trouble = await copyTree({ ...place, platform: machine.platform, account: machine.serverAccount, signal: input.signal, mayVanish: true });
  input.signal.throwIfAborted();
  if (trouble !== undefined) throw copyError(input, trouble);
}

/** Consistent also while n8n writes: it is one read transaction. */
const script = `
const { Database } = require("sqlite3");
const [, from, to] = process.argv;
const connection = new Database(from);
connection.configure("busyTimeout", 60000);
connection.run("vacuum into ?", [to], (error) => {
  if (error) console.error(error.message);
  process.exitCode = error ? 1 : 0;
  connection.close();
});`;

async function copyDatabase(input: Input, { runProgram, machine: { serverAccount } }: Host, target: string): Promise<void> {
  const result = await runProgram([input.runtime.interpreter ?? process.execPath, "-e", script, join(n8nFolder(input.dataDirectory), database), join(target, database)], {
    // The module is found from here: it is the one n8n itself uses.
    directory: dirname(input.runtime.program),
    timeoutMs: copyMs,
    signal: input.signal,
    environment: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" },
    ...(serverAccount === undefined ? {} : { account: serverAccount }),
  });
  input.signal.throwIfAborted();
  if (result.code !== 0) throw copyError(input, result.trouble ?? result.stderr);
}

function copyError({ dataDirectory }: Input, trouble: string): UserError {
  return new UserError({ reason: "prepare_failed", message: `the data in ${dataDirectory} could not be copied: ${trouble}`, hint: "free some space, and try again" });
}

/** Makes the data directory of an n8n ready: the encryption key its data need, the password of its owner, its schema. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import { resolveSecrets, secretKey } from "../model/secrets.ts";
import type { EffectInput, PrepareInput } from "./adapter.ts";
import { makeOwnDirectory, makeParents, takeOver, writeOwnFile } from "./engines/account.ts";
import { n8nFolder } from "./n8n.ts";
import { addToNote, readNote } from "./n8n-note.ts";
import { isN8nPassword, type N8nSettings } from "./n8n-settings.ts";
import { readWorkflows } from "./n8n-workflows.ts";
import { quotedName } from "./postgres-settings.ts";

type Input = PrepareInput<N8nSettings>;

/** Idempotent; keeps what is there. Throws a UserError for data or workflows that cannot be used. */
export async function prepareN8n(input: Input, host: Host): Promise<void> {
  const { dataDirectory, signal } = input;
  const { serverAccount } = host.machine;
  // Before anything of n8n, which takes many seconds to begin.
  readWorkflows(input);
  makeParents(dataDirectory, host);
  for (const directory of [dataDirectory, n8nFolder(dataDirectory)]) if (!existsSync(directory)) makeOwnDirectory(directory, serverAccount);
  await takeOver(dataDirectory, host, signal);
  prepareKey(input, host);
  preparePassword(input);
  if (input.settings.database === "postgres") await prepareSchema(input);
}

/** A key that is among the data is theirs, wherever they come from; it replaces the one that is kept. */
function prepareKey(input: Input, { machine: { serverAccount } }: Host): void {
  const { dataDirectory } = input;
  const file = join(n8nFolder(dataDirectory), "config");
  const reference = input.secret("encryption-key");
  const inData = existsSync(file) ? keyIn(file) : undefined;
  const key = inData ?? resolveSecrets(reference, (name) => input.reveal(name));
  const { keyHash } = readNote(dataDirectory);
  if (keyHash !== undefined && keyHash !== hashOf(key)) throw otherKey(input, inData === undefined ? "the one that is kept for the project" : `the one in ${file}`);
  if (inData === undefined) writeOwnFile(file, JSON.stringify({ encryptionKey: key }), serverAccount);
  input.keep(secretKey(reference), key);
  if (keyHash === undefined) addToNote(dataDirectory, { keyHash: hashOf(key) }, serverAccount);
}

function keyIn(file: string): string {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null && "encryptionKey" in content && typeof content.encryptionKey === "string") return content.encryptionKey;
  } catch (error) {
    throw new UserError({ reason: "prepare_failed", message: `${file}, which holds the encryption key of n8n, cannot be read: ${errorText(error)}`, hint: "restore it from a snapshot (`envctl db list`), or move it away: then the key that is kept for the project is used" });
  }
  throw new UserError({ reason: "prepare_failed", message: `${file} holds no \`encryptionKey\``, hint: "restore it from a snapshot (`envctl db list`), or move it away: then the key that is kept for the project is used" });
}

function otherKey({ dataDirectory, project, name }: Input, which: string): UserError {
  return new UserError({
    reason: "prepare_failed",
    message: `the data in ${dataDirectory} were written with another encryption key than ${which}: n8n could read none of their credentials`,
    hint: `put the right key back into ${join(n8nFolder(dataDirectory), "config")}, restore a snapshot (\`envctl db restore NAME --requirement ${name} --project ${project}\`), or begin again with \`envctl db reset --requirement ${name} --project ${project} --force\``,
  });
}

/** The configured one, else the one data from elsewhere were made with, else the generated one, made to n8n's rule. */
export function preparePassword({ settings: { owner }, dataDirectory, secret, reveal, keep }: EffectInput<N8nSettings>): void {
  const key = secretKey(secret("owner-password"));
  const wanted = owner.password ?? readNote(dataDirectory).owner?.password ?? reveal(key);
  keep(key, isN8nPassword(wanted) ? wanted : `${wanted}-N8n`);
}

/** n8n makes its tables, but not the schema they are in. Where that is stands in `env`. Throws a UserError that says why it cannot be made. */
export async function prepareSchema(input: EffectInput<N8nSettings>): Promise<void> {
  const { env = {}, signal } = input;
  const valueOf = (name: string): string => resolveSecrets(env[`DB_POSTGRESDB_${name}`] ?? "", (key) => input.reveal(key));
  const place = { host: valueOf("HOST"), port: Number(valueOf("PORT")), user: valueOf("USER"), password: valueOf("PASSWORD"), database: valueOf("DATABASE") };
  const { withSql } = await import("./postgres-sql.ts");
  try {
    await withSql(place, signal, (sql) => sql.rows(`create schema if not exists ${quotedName(valueOf("SCHEMA"))}`));
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError({ reason: "prepare_failed", message: `the schema ${valueOf("SCHEMA")} for n8n could not be made in the database ${place.database}: ${errorText(error)}`, hint: `see that ${place.user} may create schemas there, or set requirements.${input.name}.database to sqlite` });
  }
}

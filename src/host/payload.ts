/**
 * Values on their way between processes of one user: JSON, and bytes as `{"$bytes": …}`. What is large lies in a file of a private
 * directory meanwhile; the message has its name, size and hash, and whoever reads it removes it.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inlinePayloadBytes, type Payload, type PayloadFile } from "../model/service.ts";
import type { Clock } from "./clock.ts";
import { errorText, makeDirectory } from "./files.ts";

const bytesKey = "$bytes";

/** Writes what is large; without a directory that is a RangeError. Throws a TypeError for what JSON cannot say, and for objects with a `$bytes` of their own. */
export function packed(value: unknown, directory: string | undefined): Payload {
  // What says nothing is null; a key of an object that says nothing is left out, as always in JSON.
  const text = JSON.stringify(value === undefined ? null : value, function replaced(this: unknown, key: string, shown: unknown) {
    // `shown` is what toJSON of a Buffer made of it.
    const own: unknown = typeof this === "object" && this !== null ? Reflect.get(this, key) : shown;
    if (own instanceof Uint8Array) return { [bytesKey]: own.byteLength > inlinePayloadBytes ? written(own, directory) : Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString("base64") };
    if (typeof own === "object" && own !== null && Object.hasOwn(own, bytesKey)) throw new TypeError(`a value may have no member ${bytesKey}`);
    return shown;
  });
  if (text === undefined) throw new TypeError("a function or a symbol cannot be handed to another process");
  return text.length > inlinePayloadBytes ? written(Buffer.from(text), directory) : { text };
}

/** The value; its files are gone then. Throws an Error when a file is missing or is not what was sent. */
export function unpacked(payload: Payload, directory: string): unknown {
  const text = "text" in payload ? payload.text : taken(payload, directory).toString("utf8");
  return JSON.parse(text, (_key, value: unknown) => {
    const held: unknown = typeof value === "object" && value !== null && Object.hasOwn(value, bytesKey) ? Reflect.get(value, bytesKey) : undefined;
    if (typeof held === "string") return Buffer.from(held, "base64");
    return isPayloadFile(held) ? taken(held, directory) : value;
  });
}

/** Takes away what nobody has fetched for so long that nobody will: at once, and when it is called again after a while. */
export function payloadSweep(directory: string, clock: Pick<Clock, "now">): () => void {
  let sweptAt = -Infinity;
  const sweep = (): void => {
    const nowMs = clock.now();
    if (Math.abs(nowMs - sweptAt) < sweepEveryMs) return;
    sweptAt = nowMs;
    removeOldPayloads(directory, nowMs);
  };
  sweep();
  return sweep;
}

const sweepEveryMs = 600_000;

function removeOldPayloads(directory: string, nowMs: number): void {
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    if (nowMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > keptMs) rmSync(path, { force: true });
  }
}

/** Longer than a call takes. */
const keptMs = 3_600_000;

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether a value names a file as `packed` does. */
export function isPayloadFile(value: unknown): value is PayloadFile {
  if (typeof value !== "object" || value === null || !("file" in value) || !("bytes" in value) || !("sha256" in value)) return false;
  return typeof value.file === "string" && /^[0-9a-f]{32}$/.test(value.file) && typeof value.bytes === "number" && typeof value.sha256 === "string";
}

function written(content: Uint8Array, directory: string | undefined): PayloadFile {
  if (directory === undefined) throw new RangeError(`${content.byteLength} bytes are more than the ${inlinePayloadBytes} that may go here`);
  makeDirectory(directory);
  const file = randomBytes(16).toString("hex");
  writeFileSync(join(directory, file), content, { mode: 0o600, flag: "wx" });
  return { file, bytes: content.byteLength, sha256: sha256(content) };
}

function taken({ file, bytes, sha256: expected }: PayloadFile, directory: string): Buffer {
  if (!isPayloadFile({ file, bytes, sha256: expected })) throw new Error("not the name of a payload");
  const path = join(directory, file);
  const content = read(path);
  rmSync(path, { force: true });
  if (content.byteLength !== bytes || sha256(content) !== expected) throw new Error(`the ${bytes} bytes of ${file} are not what was sent`);
  return content;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`a value of this call is gone: ${errorText(error)}`, { cause: error });
  }
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

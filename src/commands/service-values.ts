/** Values and rows of services as the shell gives and shows them. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ServiceAnswer, ServiceRow } from "../contracts/service-reports.ts";
import { UserError } from "../model/failure.ts";
import type { HandleRow, MethodFigures, Payload, ServiceListing } from "../model/service.ts";

/** JSON where it can be read as that, the bytes of a file behind `@`, else text. Throws a UserError for a file that cannot be read. */
function argumentOf(word: string): unknown {
  if (word.startsWith("@")) return bytesOf(word.slice(1));
  try {
    return JSON.parse(word) as unknown;
  } catch {
    return word;
  }
}

/** All words of a call, ready to go. Throws a UserError for what no call can carry. */
export function argumentsOf(words: readonly string[], pack: (value: unknown) => Payload): Payload {
  try {
    return pack(words.map(argumentOf));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError({ reason: "usage_invalid", message: `an argument cannot be handed over: ${error.message}`, hint: "bytes are given as @FILE" });
  }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError({ reason: "usage_invalid", message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, hint: 'text that begins with @ is given as JSON: \'"@…"\'' });
  }
}

const previewBytes = 200;

/** Bytes by size and hash, as large outputs of jobs are; in the file, if one is named. Throws a UserError when that cannot be written. */
export function shownResult(value: unknown, file: string | undefined): unknown {
  if (!(value instanceof Uint8Array)) {
    if (file !== undefined) write(file, `${JSON.stringify(value)}\n`);
    return value;
  }
  if (file !== undefined) write(file, value);
  return { type: "large_output", path: file ?? null, size: value.byteLength, sha256: createHash("sha256").update(value).digest("hex"), truncated_preview: Buffer.from(value.subarray(0, previewBytes)).toString("utf8") };
}

function write(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `the call was answered, but ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, hint: "name another file with --out" });
  }
}

export function listingFields({ name, about, version, type, capabilities, capacity, reserved, holders, path, origin, isTrusted, pid, classes, problem }: ServiceListing): ServiceRow {
  const known = classes?.map(({ name: className, instanceMode, methods }) => ({ name: className, instance_mode: instanceMode, methods: [...methods] }));
  return { name, about, version: version ?? null, type: type ?? null, capabilities: [...capabilities], capacity: capacity ?? null, reserved, holders: [...holders], path, origin, trusted: isTrusted, pid: pid ?? null, classes: known ?? null, problem: problem ?? null };
}

type HandleFields = Extract<ServiceAnswer, { readonly action: "handles" }>["handles"][number];

export function handleFields({ handle, instance, service, className, instanceMode, holder }: HandleRow): HandleFields {
  return { handle, instance, service, class_name: className, instance_mode: instanceMode, holder };
}

export function figuresRow({ service, method, count, errors, avgMs, minMs, maxMs, p95Ms }: MethodFigures): Extract<ServiceAnswer, { readonly action: "stats" }>["methods"][number] {
  return { service, method, count, errors, avg_ms: avgMs, min_ms: minMs, max_ms: maxMs, p95_ms: p95Ms };
}

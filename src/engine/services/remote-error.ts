/** What a module threw, as words that can travel: whatever it is, and never too much of it. */
import type { RemoteError } from "../../model/service.ts";

/** Whoever puts more than this into a message has put data there. */
const longestWords = 16 * 1024;

/** Throws nothing, not even for what throws when it is looked at. */
export function remoteErrorOf(error: unknown): Omit<RemoteError, "service" | "instance"> {
  if (!(error instanceof Error)) return { name: "Error", message: wordsOf(error), stack: "" };
  const [stack, cause] = [member(error, "stack"), member(error, "cause")];
  return { ...nameAndMessage(error), stack: typeof stack === "string" ? clipped(stack) : "", ...(cause === undefined ? {} : { cause: nameAndMessage(cause) }) };
}

function nameAndMessage(error: unknown): { readonly name: string; readonly message: string } {
  return error instanceof Error ? { name: wordsOf(member(error, "name")), message: wordsOf(member(error, "message")) } : { name: "Error", message: wordsOf(error) };
}

function member(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}

function wordsOf(value: unknown): string {
  try {
    return clipped(String(value));
  } catch {
    return "(cannot be shown as text)";
  }
}

function clipped(text: string): string {
  return text.length <= longestWords ? text : `${text.slice(0, longestWords)}… (${text.length - longestWords} characters more)`;
}

/** Downloads a file with progress. Knows nothing of what is in it. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

export interface Download {
  readonly url: string;
  /** The file to write. */
  readonly to: string;
  /** Bytes so far, and in all where the server tells. Called at most once per percent. */
  readonly onProgress: (done: number, total: number | undefined) => void;
  readonly signal: AbortSignal;
}

/** Streams `url` into the file; throws with the reason when the server refuses or the connection breaks. */
export async function download({ url, to, onProgress, signal }: Download): Promise<void> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  const length = Number(response.headers.get("content-length"));
  const total = length > 0 ? length : undefined;
  const step = (total ?? 100_000_000) / 100;
  await pipeline(
    response.body,
    async function* counted(chunks: AsyncIterable<Uint8Array>) {
      let [done, told] = [0, 0];
      for await (const chunk of chunks) {
        done += chunk.byteLength;
        if (done - told >= step || done === total) onProgress((told = done), total);
        yield chunk;
      }
    },
    createWriteStream(to),
    { signal },
  );
}

/** The file's checksum in the form of subresource integrity (`sha512-…`), as package registries give it. */
export async function integrityOf(file: string): Promise<string> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return `sha512-${hash.digest("base64")}`;
}

/** Takes apart the stream in which engines interleave standard output and error. Pure. Source: Docker's API, "Attach to a container". */

/** What the container wrote in one go. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Buffer;
}

const headerBytes = 8;

/** The frames, in order, each whole; what is cut off at the end is left out. */
export async function* framesOf(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Frame, void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    let at = 0;
    for (let end = frameEnd(pending, at); end !== undefined && end <= pending.length; end = frameEnd(pending, at)) {
      yield { stream: pending[at] === 2 ? "stderr" : "stdout", bytes: pending.subarray(at + headerBytes, end) };
      at = end;
    }
    pending = pending.subarray(at);
  }
}

/** Undefined as long as the header is not there. */
function frameEnd(bytes: Buffer, at: number): number | undefined {
  return bytes.length - at < headerBytes ? undefined : at + headerBytes + bytes.readUInt32BE(at + 4);
}

/** A word from time to time about work that takes long. */

/** The work's own outcome; `beat` is called every so often while it lasts. */
export async function withHeartbeat<T>(work: Promise<T>, everyMs: number, beat: () => void): Promise<T> {
  const timer = setInterval(beat, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

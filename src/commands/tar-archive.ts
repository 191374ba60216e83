/** A tar archive of a few small files, in the ustar format every tar reads (POSIX.1-1988). Pure. */

export interface ArchivedFile {
  /** Relative, with slashes; at most 255 letters. */
  readonly path: string;
  readonly content: Buffer;
}

const block = 512;

/** `mtimeMs` is that of every file. Throws for a name that does not fit. */
export function tarArchive(files: readonly ArchivedFile[], mtimeMs: number): Buffer {
  const parts = files.flatMap(({ path, content }) => [header(path, content.length, mtimeMs), content, Buffer.alloc((block - (content.length % block)) % block)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(path: string, bytes: number, mtimeMs: number): Buffer {
  const { prefix, name } = splitName(path);
  const into = Buffer.alloc(block);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  into.write(name, 0);
  into.write(octal(0o600, 8), 100);
  into.write(octal(0, 8), 108);
  into.write(octal(0, 8), 116);
  into.write(octal(bytes, 12), 124);
  into.write(octal(Math.floor(mtimeMs / 1000), 12), 136);
  into.write("        ", 148);
  into.write("0", 156);
  into.write("ustar\x0000", 257);
  into.write(prefix, 345);
  into.write(`${into.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
  return into;
}

/** A name has 100 bytes, and 155 before a slash. */
function splitName(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: "", name: path };
  const at = [...path.matchAll(/\//g)].map(({ index }) => index).find((index) => index <= 155 && Buffer.byteLength(path.slice(index + 1)) <= 100);
  if (at === undefined) throw new Error(`${path} is too long a name for an archive`);
  return { prefix: path.slice(0, at), name: path.slice(at + 1) };
}

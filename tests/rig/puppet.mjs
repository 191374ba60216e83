/** A service that behaves as badly as its flags say; puppet.ts lists them. Ends by itself after some minutes, or hours if it counts, whatever happens. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { parseArgs } from "node:util";

const text = { type: "string" };
const flag = { type: "boolean" };
const { values } = parseArgs({
  options: { listen: text, host: text, afterMs: text, http: text, exit: text, flood: text, count: text, everyMs: text, padding: text, ignoreTerm: flag, through: text, cleanEnv: flag, helper: text, showEnv: flag, allocate: text, burn: flag, files: text, connections: text, countMs: text },
});

const longestLifeMs = values.countMs === undefined ? 300_000 : 10_800_000;
let unwritten = Buffer.alloc(0);

setTimeout(() => process.exit(98), longestLifeMs);
process.on("SIGTERM", () => {
  say("SIGTERM");
  if (!values.ignoreTerm) process.exit(0);
});
say(`puppet ${process.pid} starts`);
if (values.countMs !== undefined) countOn(Number(values.countMs));
if (values.showEnv) say(JSON.stringify(process.env));
if (values.flood !== undefined) flood(Number(values.flood));
// Kept, so that it stays in use.
const held = Buffer.alloc(Number(values.allocate ?? 0) * 2 ** 20, 1);
for (let files = 0; files < Number(values.files ?? 0); files += 1) openSync("/dev/null", "r");
if (values.burn) burn();
if (values.count !== undefined) void count(Number(values.count), Number(values.everyMs ?? 1), Number(values.padding ?? 0));
if (values.helper !== undefined) startOther(values.helper, ["--ignoreTerm"]);
if (values.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(values.afterMs)));
if (values.exit !== undefined) {
  say(`exits with ${values.exit}`);
  process.exit(Number(values.exit));
}
if (values.listen !== undefined) listenAsTold();

function listenAsTold() {
  const { through, listen, http } = values;
  if (through !== undefined) return startOther(through, [`--listen=${listen}`, ...(http === undefined ? [] : [`--http=${http}`])]);
  const server = http === undefined ? createServer((socket) => socket.on("error", () => undefined)) : createHttpServer(answer);
  server.on("error", (error) => (say(error.message), process.exit(97)));
  server.listen(Number(listen), values.host ?? "127.0.0.1", () => say(`puppet ${process.pid} listens on ${listen}, ${held.length} bytes held`));
  for (let count = 0; count < Number(values.connections ?? 0); count += 1) connect(Number(listen), "127.0.0.1").on("error", () => undefined);
}

/** Busy without an end, yet it hears signals. */
function burn() {
  const until = performance.now() + 50;
  while (performance.now() < until);
  setImmediate(burn);
}

function answer(_request, response) {
  response.writeHead(values.http === "error" ? 500 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify({ ready: values.http !== "unready" }));
}

/** `orphan`: a shell starts it and ends, so its parent is gone. `session`: it leads a session of its own. */
function startOther(kind, flags) {
  const self = [process.execPath, process.argv[1], ...flags];
  const argv = kind === "orphan" ? ["/bin/sh", "-c", '"$@" &', "sh", ...self] : self;
  spawn(argv[0], argv.slice(1), { stdio: ["ignore", "inherit", "inherit"], detached: kind === "session", ...(values.cleanEnv ? { env: {} } : {}) });
}

function flood(lines) {
  const filler = "x".repeat(99 - 8);
  const batch = 1000;
  for (let first = 0; first < lines; first += batch) {
    const numbers = Array.from({ length: Math.min(batch, lines - first) }, (_, index) => first + index);
    write(numbers.map((number) => `${String(number).padStart(8, "0")}${filler}\n`).join(""));
  }
}

/** `#17 at 1795244400123 xxx`, then `done`. */
async function count(lines, everyMs, padding) {
  for (let number = 0; number < lines; number += 1) {
    say(`#${number} at ${Date.now()} ${"x".repeat(padding)}`);
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  say("done");
}

function say(line) {
  write(`${line}\n`);
}

function countOn(everyMs) {
  const name = randomBytes(4).toString("hex");
  let number = 0;
  setInterval(() => say(`count ${name} ${(number += 1)}`), everyMs);
}

/** All of it, though the other end may be a slow pipe; who counts waits for room on a full disk. */
function write(text) {
  if (values.countMs !== undefined) return writeLater(text);
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function writeLater(text) {
  unwritten = Buffer.concat([unwritten, Buffer.from(text)]);
  try {
    while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(1, unwritten));
  } catch (error) {
    if (error.code !== "ENOSPC" && error.code !== "EAGAIN") throw error;
  }
}

/** tiny-server.c for machines without a C compiler. Starting 50 of these measures Node's start more than anything else. */
import { writeFileSync, writeSync } from "node:fs";
import { connect, createServer } from "node:net";

const [first, ...rest] = process.argv.slice(2);
if (first === "--wait") await Promise.all(rest.map(accepting));
else if (first === "--flood") flood(Number(rest[0]), rest[1]);
else createServer((socket) => socket.destroy()).listen(Number(first), "127.0.0.1");

async function accepting(port) {
  while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, 1));
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });
}

function flood(lines, report) {
  const since = process.hrtime.bigint();
  const filler = ` ${"x".repeat(88)}\n`;
  for (let at = 0; at < lines; at += 1000) {
    writeSync(1, Array.from({ length: Math.min(1000, lines - at) }, (_, index) => String(at + index).padStart(10, "0") + filler).join(""));
  }
  writeFileSync(report, `${process.hrtime.bigint() - since}\n`);
  setInterval(() => undefined, 60_000);
}

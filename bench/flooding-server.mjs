/** Listens on a port and writes so many lines of 100 bytes a second to standard output: flooding-server.mjs PORT LINES. */
import { createServer } from "node:http";

const [port, linesPerSecond] = process.argv.slice(2).map(Number);
const periodMs = 50;
let number = 0;

createServer((_, response) => response.end("ok")).listen(port, "127.0.0.1");
setInterval(() => {
  const lines = Array.from({ length: (linesPerSecond * periodMs) / 1000 }, () => {
    number += 1;
    const text = `${new Date().toISOString()} request ${number} ${number % 5000 === 0 ? "error: the upstream has gone" : "GET /products 200 in 12 ms"}`;
    return `${text.padEnd(99, ".")}\n`;
  });
  process.stdout.write(lines.join(""));
}, periodMs);

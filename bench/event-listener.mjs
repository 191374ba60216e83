/** `node event-listener.mjs SOCKET COUNT|sleep`: listens to events; ends with 0 once it got so many without a gap, or reads none of them. */
import { once } from "node:events";
import { connect } from "node:net";

const [, , socketPath, wanted] = process.argv;
const socket = connect(socketPath);
await once(socket, "connect");
socket.write('{"id":1,"method":"events","fromSeq":1}\n{"id":2,"method":"state"}\n');
socket.setEncoding("utf8");
let rest = "";
let last = 1;
socket.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) {
    if (line.startsWith('{"id":2')) {
      process.stdout.write("listens\n");
      if (wanted === "sleep") socket.pause();
      continue;
    }
    const seq = Number(/"seq":(\d+)/.exec(line)?.[1]);
    if (seq !== last + 1) process.exit(1);
    last = seq;
    if (last - 1 === Number(wanted)) process.exit(0);
  }
});

// Somebody else's auth server. Arguments: address, port, service key. It says `ready` when it listens.
import { createServer } from "node:http";
import { authUsers } from "./images/auth-users.mjs";

const [address, port, serviceKey] = process.argv.slice(2);
const answerTo = authUsers(({ authorization, apikey }) => authorization === `Bearer ${serviceKey}` && apikey === serviceKey);

const server = createServer((request, response) => {
  let text = "";
  request.on("data", (part) => (text += part));
  request.on("end", () => {
    const [status, answer] = answerTo(request.method, new URL(request.url ?? "/", "http://localhost"), request.headers, text === "" ? {} : JSON.parse(text));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
});
server.listen(Number(port), address, () => process.stdout.write("ready\n"));

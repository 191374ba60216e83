/**
 * What an application asks is answered with 200 and `{"status":"paid"}`, unless something else was ordered:
 * `POST /_fake/answers` takes a list of `{ status, body, delayMs }`, used up one by one, and `PUT` one in the place of what is left;
 * `GET /_fake/calls` tells what was asked; `DELETE /_fake` forgets both.
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

const [port] = process.argv.slice(2);
const paid = { status: 200, body: { status: "paid" }, delayMs: 0 };
let answers = [];
let calls = [];

function parsed(said) {
  try {
    return JSON.parse(said);
  } catch {
    return said;
  }
}

async function answerTo(method, path, body) {
  if (path === "/_fake/calls") return { status: 200, body: calls };
  if (path === "/_fake/answers" && Array.isArray(body)) {
    answers = method === "PUT" ? body : [...answers, ...body];
    return { status: 200, body: { ordered: answers.length } };
  }
  if (path === "/_fake" && method === "DELETE") {
    [answers, calls] = [[], []];
    return { status: 200, body: { forgotten: true } };
  }
  if (path.startsWith("/_fake")) return { status: 400, body: { error: "order answers as a list: PUT /_fake/answers" } };
  calls.push({ method, path, body });
  const answer = { ...paid, ...answers.shift() };
  await pause(answer.delayMs);
  return answer;
}

createServer(async (request, response) => {
  const body = parsed(await text(request));
  const { status, body: answer } = await answerTo(request.method ?? "GET", request.url ?? "/", body);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
}).listen(Number(port), "127.0.0.1");

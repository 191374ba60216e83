/** A Redis outside of envctl. */
import { answers } from "../host/net.ts";
import type { Probe } from "../model/unit.ts";
import type { ExternalEngine, ExternalServer } from "./adapter.ts";
import { converse, unreachable, type AskLimits, type Turn } from "./engines/ask.ts";

export const externalRedis: ExternalEngine = {
  schemes: ["redis", "rediss"],
  port: 6379,
  variables: ["REDIS_URL"],
  values,
  env: (server) => redisEnv(values(server)),
  probe,
  check: async (server, limits) => {
    if (!server.isEncrypted) return converse(server, Buffer.from(greeting(server)), (answer) => replyTo(answer.toString("latin1"), server), limits);
    return encryptedCheck(server, limits);
  },
};

/** Variables for services, from the values of a server. */
export function redisEnv({ url = "", host = "", port = "", password = "" }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { REDIS_URL: url, REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD: password };
}

function values({ url, host, port, password = "" }: ExternalServer): Readonly<Record<string, string>> {
  return { url, host, port: String(port), password };
}

function probe(server: ExternalServer): Probe {
  const { host, port } = server;
  if (server.isEncrypted) return { kind: "tcp", host, port };
  return { kind: "exchange", host, port, send: Buffer.from(greeting(server), "latin1").toString("base64"), expect: "\\+PONG" };
}

/** Inline commands end at white space, unless quoted. */
function greeting({ user, password }: ExternalServer): string {
  const login = password === undefined ? "" : `AUTH ${user === undefined ? "" : `${quoted(user)} `}${quoted(password)}\r\n`;
  return `${login}PING\r\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function replyTo(answer: string, { host, port }: ExternalServer): Turn {
  if (answer.includes("+PONG")) return { kind: "done", outcome: `${host}:${port} answered PONG` };
  const refusal = /^-(\S+ ?[^\r\n]*)\r\n/m.exec(answer)?.[1];
  if (refusal === undefined) return { kind: "wait" };
  if (/^(?:LOADING|BUSY|MASTERDOWN)/.test(refusal)) return { kind: "done", outcome: unreachable({ host, port }, refusal) };
  return { kind: "done", outcome: { reason: "credentials_refused", message: `${host}:${port} refuses the user or the password: ${refusal}`, hint: "correct the URL it is configured with" } };
}

/** Whether it takes connections is all that can be told without speaking TLS. */
async function encryptedCheck(server: ExternalServer, { timeoutMs }: AskLimits): Promise<ReturnType<typeof unreachable> | string> {
  const { host, port } = server;
  return (await answers(host, port, timeoutMs)) ? `${host}:${port} accepts connections` : unreachable(server, "it takes no connection");
}

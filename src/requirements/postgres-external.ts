/** A PostgreSQL outside of envctl. */
import { answers } from "../host/net.ts";
import type { Probe } from "../model/unit.ts";
import type { ExternalEngine, ExternalServer } from "./adapter.ts";
import { converse, unreachable } from "./engines/ask.ts";
import { postgresLogin } from "./postgres-login.ts";

export const externalPostgres: ExternalEngine = {
  schemes: ["postgresql", "postgres"],
  port: 5432,
  variables: ["DATABASE_URL"],
  values,
  env: (server) => postgresEnv(values(server)),
  probe,
  check: async (server, limits) => {
    const { host, port } = server;
    // Whether it takes connections is all that can be told without speaking TLS.
    if (server.isEncrypted) return (await answers(host, port, limits.timeoutMs)) ? `${host}:${port} accepts connections` : unreachable(server, "it takes no connection");
    const { user, database } = names(server);
    return converse(server, startupMessage(user, database), postgresLogin({ host, port, user, database, password: server.password ?? "" }), limits);
  },
};

/** Variables for services, from the values of a server. */
export function postgresEnv({ url = "", host = "", port = "", user = "", password = "", database = "" }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: url,
    SQLALCHEMY_DATABASE_URL: url,
    ASYNC_DATABASE_URL: url.replace(/^postgres(?:ql)?(?:\+\w+)?:/, "postgresql+asyncpg:"),
    DB_HOST: host,
    DB_PORT: port,
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
  };
}

/** Protocol 3.0: length, version 196608, then names and values ended by zeros. Source: PostgreSQL's "Message Formats". */
export function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + body.length, 0);
  head.writeUInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

function values(server: ExternalServer): Readonly<Record<string, string>> {
  const { url, host, port, password = "" } = server;
  return { url, host, port: String(port), password, ...names(server) };
}

/** As libpq has it: the user postgres is not asked for, and the database is called as the user. */
function names({ user = "postgres", database = user }: ExternalServer): { readonly user: string; readonly database: string } {
  return { user, database };
}

function probe(server: ExternalServer): Probe {
  const { host, port } = server;
  if (server.isEncrypted) return { kind: "tcp", host, port };
  const { user, database } = names(server);
  return { kind: "exchange", host, port, send: startupMessage(user, database).toString("base64"), expect: "^R" };
}

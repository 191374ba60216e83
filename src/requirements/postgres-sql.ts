/** Statements over a connection to a server that answers. */
import { Client } from "pg";

/** Where a database is reached, and as whom. */
export interface PostgresPlace {
  /** This machine unless it is named. */
  readonly host?: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface Sql {
  /** Runs one statement with values, or any number of statements without. */
  rows(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const connectMs = 10_000;

/** Connects, works, disconnects; an abort ends the connection, and with it what the server does for it. */
export async function withSql<T>(place: PostgresPlace, signal: AbortSignal, work: (sql: Sql) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const client = new Client({ host: "127.0.0.1", ...place, connectionTimeoutMillis: connectMs, application_name: "envctl" });
  // A server that goes away is told by the statement under way.
  client.on("error", () => undefined);
  const end = (): void => void client.end().catch(() => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    await client.connect();
    return await work({ rows: async (text, values) => (await client.query(text, values === undefined ? undefined : [...values])).rows as readonly Record<string, unknown>[] });
  } finally {
    signal.removeEventListener("abort", end);
    await client.end().catch(() => undefined);
  }
}

/** The server's five characters for what went wrong. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

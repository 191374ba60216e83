/** Whether the data that a PostgreSQL found in its volume are those of the configured login. */
import { UserError } from "../model/failure.ts";
import type { EffectInput } from "./adapter.ts";
import { externalPostgres } from "./postgres-external.ts";
import type { PostgresPlace } from "./postgres-sql.ts";

const loginMs = 10_000;

/** Data of an earlier start have the password, the user and the database of that one: an image sets them for new data only. Throws a UserError when they differ. */
export async function provenLogin(place: PostgresPlace, { project, name, signal }: Pick<EffectInput<unknown>, "project" | "name" | "signal">): Promise<void> {
  const outcome = await externalPostgres.check({ ...place, url: "", host: "127.0.0.1", isEncrypted: false }, { timeoutMs: loginMs, signal });
  if (typeof outcome === "string") return;
  const message = `the data in the volume of ${project}/${name} do not take the login that is configured: ${outcome.message}`;
  throw new UserError({ reason: outcome.reason, message, hint: "put password, user and database back as they were when the data were made, or begin anew: `envctl stop --remove-volumes`" });
}

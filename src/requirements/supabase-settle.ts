/** Makes what a Supabase has inside a PostgreSQL that answers. */
import { resolveSecrets } from "../model/secrets.ts";
import type { EffectInput } from "./adapter.ts";
import { withSql, type PostgresPlace } from "./postgres-sql.ts";
import { bootstrapMark, supabaseBootstrap } from "./supabase-sql.ts";

/** Once per server, password and version of the bootstrap; the mark inside goes with the data wherever they are copied. */
export async function ensureBootstrap(admin: PostgresPlace, input: EffectInput<unknown>): Promise<void> {
  const password = resolveSecrets(input.secret("password"), (key) => input.reveal(key));
  const mark = bootstrapMark(password);
  await withSql(admin, input.signal, async (sql) => {
    const [found] = await sql.rows("select shobj_description(oid, 'pg_authid') as mark from pg_roles where rolname = 'authenticator'");
    if (found?.["mark"] === mark) return;
    input.progress("making the roles and schemas of Supabase");
    // The passwords in it must not end up in the server's log.
    await sql.rows(`set log_min_error_statement = panic; set log_statement = none; ${supabaseBootstrap(password)}; comment on role authenticator is '${mark}'`);
  });
}

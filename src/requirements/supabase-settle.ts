/** Makes what a Supabase has inside a PostgreSQL that answers. */
import { resolveSecrets } from "../model/secrets.ts";
import type { EffectInput } from "./adapter.ts";
import { withSql } from "./postgres-sql.ts";
import { bootstrapMark } from "./supabase-sql.ts";
import { supabaseAdmin, supabaseDatabase } from "./supabase-settings.ts";

/** Once per server, password and version of the statements; the mark inside goes with the data wherever they are copied. */
export async function ensureBootstrap(port: number, statements: (password: string) => string, input: EffectInput<unknown>): Promise<void> {
  const password = resolveSecrets(input.secret("password"), (key) => input.reveal(key));
  const bootstrap = statements(password);
  const mark = bootstrapMark(bootstrap);
  await withSql({ port, user: supabaseAdmin, password, database: supabaseDatabase }, input.signal, async (sql) => {
    const [found] = await sql.rows("select shobj_description(oid, 'pg_authid') as mark from pg_roles where rolname = 'authenticator'");
    if (found?.["mark"] === mark) return;
    input.progress("making the roles and schemas of Supabase");
    // The passwords in it must not end up in the server's log.
    await sql.rows(`set log_min_error_statement = panic; set log_statement = none; ${bootstrap}; comment on role authenticator is '${mark}'`);
  });
}

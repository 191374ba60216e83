/** The checkout's migrations and seeds, applied by the official program once a Supabase is otherwise complete. */
import type { OwnServer } from "./adapter.ts";
import { cliEnvironment, ensureSupabaseCli, hasMigrations, pushCommand } from "./supabase-cli.ts";
import { supabaseDatabase, supabaseUser, type SupabaseSettings } from "./supabase-settings.ts";

/** Of the server that is made ready last. */
export const supabaseMigration: Required<Pick<OwnServer<SupabaseSettings>, "settle" | "migrationOf" | "claimOf">> = {
  claimOf: ({ dataDirectory }) => `supabase ${dataDirectory}`,
  settle: async (input, host) => {
    if (isMigrated(input)) await ensureSupabaseCli(host, input.progress, input.signal);
  },
  migrationOf: (input, host) => {
    if (!isMigrated(input)) return undefined;
    // Without the password.
    const url = `postgresql://${supabaseUser}@127.0.0.1:${input.ports["main"] ?? input.settings.db_port}/${supabaseDatabase}`;
    return { command: pushCommand(host, url), env: cliEnvironment(host, input.secret("password")) };
  },
};

function isMigrated({ settings, projectRoot }: { readonly settings: SupabaseSettings; readonly projectRoot: string }): boolean {
  return settings.migrations && hasMigrations(projectRoot);
}

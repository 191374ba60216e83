/** What `supabase-user` answers with `--json`. Development time only. */
import { z } from "zod";

const user = z.strictObject({
  id: z.string(),
  email: z.string().nullable(),
  role: z.string().nullable(),
  created_at: z.string().nullable(),
  last_sign_in_at: z.string().nullable(),
  change: z.enum(["created", "updated", "kept", "deleted"]).exactOptional(),
  password: z.string().exactOptional().meta({ description: "One that was made up, since none was given" }),
});

export const supabaseUserReport = z.strictObject({
  action: z.enum(["list", "sync", "create", "update", "delete"]),
  project: z.string(),
  url: z.string().meta({ description: "Of the gateway" }),
  users: z.array(user),
});
export type SupabaseUserReport = z.infer<typeof supabaseUserReport>;

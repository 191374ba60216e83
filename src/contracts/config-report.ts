/** What `config` answers with `--json`. Development time only. */
import { z } from "zod";

const texts = z.array(z.string());
const command = z.union([z.string(), texts]);

export const configReport = z.strictObject({
  action: z.enum(["detect", "set", "migrate", "edit", "wizard"]),
  saved: z.boolean(),
  path: z.string(),
  /** The file as it is now, or as it would be. */
  content: z.string(),
  /** Lines that differ from the file before, with `+` and `-` and some that do not. */
  diff: texts,
  services: z.array(z.strictObject({ name: z.string(), dir: z.string(), command, port: z.union([z.int(), z.literal("none")]), reason: z.string(), guess: z.string().nullable() })),
  requirements: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  notes: texts,
});
export type ConfigReport = z.infer<typeof configReport>;

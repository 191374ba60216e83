/** What `trust` answers with `--json`. Development time only. */
import { z } from "zod";

const texts = z.array(z.string());

export const trustReport = z.strictObject({
  action: z.enum(["trusted", "shown", "removed", "none"]),
  repository: z.string(),
  hooks: z.array(z.strictObject({ on: z.string(), command: texts, keys: texts })),
  services: z.array(z.strictObject({ name: z.string(), path: z.string() })),
  requirements: z.array(z.strictObject({ name: z.string(), path: z.string() })),
  plugins: z.array(z.strictObject({ name: z.string(), path: z.string() })),
  autostarts: z.array(z.strictObject({ name: z.string(), path: z.string() })),
});
export type TrustReport = z.infer<typeof trustReport>;

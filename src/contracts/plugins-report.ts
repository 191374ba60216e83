/** What `plugins` answers with `--json`. Development time only. */
import { z } from "zod";

const texts = z.array(z.string());

/** Names of what it adds; absent until it is loaded. */
const adds = z.strictObject({ requirements: texts, executors: texts, checks: texts, commands: texts, services: texts, detectors: texts });

export const pluginsReport = z.strictObject({
  action: z.enum(["list", "check"]),
  plugins: z.array(z.strictObject({
    name: z.string(),
    version: z.string().nullable(),
    source: z.enum(["environment", "configuration", "folder", "package"]),
    path: z.string(),
    state: z.enum(["found", "ready", "untrusted", "broken", "off", "shadowed"]),
    error: z.string().nullable(),
    about: z.string().nullable(),
    adds: adds.nullable(),
    /** Where it stands in for something of envctl's own, or cannot. */
    notices: texts,
  })),
});
export type PluginsReport = z.infer<typeof pluginsReport>;

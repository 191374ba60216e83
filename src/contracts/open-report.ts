/** What `open` answers with `--json`. Development time only. */
import { z } from "zod";

export const openReport = z.strictObject({ unit_id: z.string(), url: z.string(), opened: z.boolean() });
export type OpenReport = z.infer<typeof openReport>;

/** `envctl restart`: services of the selection, or the units named. */
import { intentOf } from "./intent.ts";
import { lifecycleBody } from "./lifecycle.ts";

export const body = lifecycleBody((input, runtime) => intentOf("restart", input, runtime));

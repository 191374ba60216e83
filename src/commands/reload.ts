/** `envctl reload`: applies what the configuration says otherwise than what runs; everything else is left as it is. */
import { intentOf } from "./intent.ts";
import { lifecycleBody } from "./lifecycle.ts";

export const body = lifecycleBody((input, runtime) => intentOf("reload", input, runtime));

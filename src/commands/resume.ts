/** `envctl resume`: adopts what lives of the latest run, starts again what is missing. */
import { intentOf } from "./intent.ts";
import { lifecycleBody } from "./lifecycle.ts";

export const body = lifecycleBody((input, runtime) => intentOf("resume", input, runtime));

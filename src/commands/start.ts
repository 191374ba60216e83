/** `envctl start`: brings up what is selected, keeping what already runs unchanged. */
import { intentOf } from "./intent.ts";
import { lifecycleBody } from "./lifecycle.ts";

export const body = lifecycleBody((input, runtime) => intentOf("start", input, runtime));

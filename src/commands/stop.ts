/** `envctl stop` and `stop-all`: ends units in reverse order of dependency; data stays. */
import { intentOf } from "./intent.ts";
import { lifecycleBody } from "./lifecycle.ts";

export const body = lifecycleBody((input, runtime) => intentOf("stop", input, runtime, input.command === "stop-all" || input.flags["all"] === true));

/** The actor as a program of its own. */
import { run } from "./actor.mjs";

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
await run({ port: Number(process.env.PORT), env: process.env, directory: process.cwd(), signal: stop.signal, log: (line) => process.stdout.write(`${line}\n`) });
process.exit(0);
